"""Words with formulas set among them and links that can be followed by mouse and keyboard; as high as its text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QImage,
    QPainter,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from courseai_lab.app.course.markup import blocks_html, inline_html
from courseai_lab.lessons.errors import LessonError
from courseai_lab.lessons.text import Block, Inline, Link, Words, parse_inline
from courseai_lab.ui.formula.typeset import Setting, TexError, typeset
from courseai_lab.ui.theme import Theme, text_font

INLINE = 1.08
DISPLAY = 1.25


class FormulaImages:
    """Formulas of one document as pictures that stand on the baseline of the words beside them.

    Qt sets a picture deeper by the descent of the font in its format. So every picture gets a font of such a size that
    its descent is the formula's depth or a little more, and empty room at its foot for what is more.
    """

    def __init__(self, document: QTextDocument, theme: Theme, ratio: float) -> None:
        self._document = document
        self._theme = theme
        self._ratio = ratio
        self._sizes: list[int] = []

    def html(self, tex: str, display: bool) -> str:
        """An image, or the TeX where it cannot be set."""
        try:
            setting = typeset(tex, self._theme.text_px * (DISPLAY if display else INLINE), self._theme.text)
        except TexError:
            return f"<code>{escape(tex)}</code>"
        px, descent = _font_for(self._theme, max(0.0, setting.depth))
        height = setting.height - setting.depth + descent
        name = f"formula:{len(self._sizes)}"
        self._sizes.append(px)
        image = self._image(setting, height, setting.height - setting.depth)
        self._document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), image)
        return f'<img src="{name}" width="{setting.width:.2f}" height="{height:.2f}" alt="{escape(tex)}">'

    def align(self) -> None:
        """Put the pictures on their lines, once the document holds them."""
        for position, length, name in self._places():
            number = name.partition(":")[2]
            if not (name.startswith("formula:") and number.isdigit()):
                continue
            wanted = QTextCharFormat()
            wanted.setFont(text_font(self._theme, self._sizes[int(number)]))
            wanted.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
            cursor = QTextCursor(self._document)
            cursor.setPosition(position)
            cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(wanted)

    def _places(self) -> list[tuple[int, int, str]]:
        """Position, length and name of every picture."""
        out = []
        block = self._document.begin()
        while block.isValid():
            place = block.begin()
            while not place.atEnd():
                fragment = place.fragment()
                form = fragment.charFormat()
                if form.isImageFormat():
                    out.append((fragment.position(), fragment.length(), form.toImageFormat().name()))
                place += 1
            block = block.next()
        return out

    def _image(self, setting: Setting, height: float, baseline: float) -> QImage:
        ratio = self._ratio
        size = QSize(max(1, round(setting.width * ratio)), max(1, round(height * ratio)))
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        top = baseline - (setting.height - setting.depth)
        setting.renderer().render(painter, QRectF(0, top * ratio, setting.width * ratio, setting.height * ratio))
        painter.end()
        return image


def _font_for(theme: Theme, depth: float) -> tuple[int, int]:
    """The smallest font whose descent holds ``depth``: its pixels, and that descent."""
    for px in range(2, 400):
        descent = QFontMetrics(text_font(theme, px)).descent()
        if descent >= depth:
            return px, descent
    return 400, round(depth)


PLAIN = "QTextBrowser { background: transparent; border: none; padding: 0; }"
"""For the style sheet of whatever holds such texts: a sheet of their own would cost each of them a restyling."""


def sheet(theme: Theme) -> str:
    """How a lesson's text looks, for ``QTextDocument.setDefaultStyleSheet``."""
    gap = theme.gap
    return (
        f"p, ul, ol {{ margin-top: 0; margin-bottom: {gap(2)}px; }} li {{ margin-bottom: {gap(1)}px; }}"
        f"p.heading {{ font-size: {theme.title_px}px; font-weight: 600; margin-top: {gap(3)}px; }}"
        "b { font-weight: 600; }"
        f"a {{ color: {theme.accent}; text-decoration: underline; }}"
        f"code {{ font-family: 'JetBrains Mono'; }}"
        f"p.formula {{ margin-top: {gap(1)}px; margin-bottom: {gap(3)}px; }}"
    )


class RichText(QTextBrowser):
    """Text of a lesson. ``linked`` carries the ``Link`` that was followed."""

    linked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._blocks: tuple[Block, ...] = ()
        self._links: list[Link] = []
        self._shown: tuple[Theme, tuple[Block, ...], float] | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.anchorClicked.connect(self._follow)
        self.setAccessibleName("Text")

    def set_blocks(self, blocks: Sequence[Block]) -> None:
        """Show a text."""
        self._blocks = tuple(blocks)
        self._render()

    def set_inline(self, parts: Sequence[Inline]) -> None:
        """Show one paragraph."""
        self.set_blocks((Block("paragraph", (tuple(parts),)),))

    def set_line(self, text: str) -> None:
        """Show one paragraph of Markdown; what is no Markdown of ours is shown as it is."""
        try:
            self.set_inline(parse_inline(text))
        except LessonError:
            self.set_inline((Words(text),))

    def set_theme(self, theme: Theme) -> None:
        """Follow the theme."""
        self._theme = theme
        self._render()

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """The text's height at this width."""
        document = self.document()
        before = document.textWidth()
        document.setTextWidth(max(40, width))
        height = round(document.size().height() + 0.5)
        document.setTextWidth(before)
        return height

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as its text."""
        width = max(self.width(), 120)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Narrow is all right."""
        return QSize(60, 10)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Height follows width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """The page around it scrolls."""
        event.ignore()

    def _fit(self) -> None:
        height = self.heightForWidth(self.viewport().width())
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)

    def _render(self) -> None:
        key = (self._theme, self._blocks, self.devicePixelRatioF())
        if key == self._shown:
            return
        self._shown = key
        document = self.document()
        document.clear()
        document.setDefaultFont(text_font(self._theme))
        document.setDefaultStyleSheet(sheet(self._theme))
        document.setDocumentMargin(0)
        document.setIndentWidth(self._theme.gap(5))
        self._links = []
        images = FormulaImages(document, self._theme, max(1.0, self.devicePixelRatioF()))
        if len(self._blocks) == 1 and self._blocks[0].kind == "paragraph":
            body = inline_html(self._blocks[0].items[0], images.html, self._link)
        else:
            body = blocks_html(self._blocks, images.html, self._link, "p")
        document.setHtml(f'<body style="color:{self._theme.text}">{body}</body>')
        images.align()
        _tighten(document)
        self._fit()

    def _link(self, link: Link, words: str) -> str:
        self._links.append(link)
        return f'<a href="link:{len(self._links) - 1}">{words}</a>'

    def _follow(self, url: QUrl) -> None:
        number = url.toString().partition(":")[2]
        if number.isdigit() and int(number) < len(self._links):
            self.linked.emit(self._links[int(number)])


def _tighten(document: QTextDocument) -> None:
    """No empty room around the whole."""
    frame = document.rootFrame()
    form = QTextFrameFormat(frame.frameFormat())
    form.setMargin(0)
    frame.setFrameFormat(form)
    for block, top in ((document.begin(), True), (document.lastBlock(), False)):
        place = block.blockFormat()
        if top:
            place.setTopMargin(0)
        else:
            place.setBottomMargin(0)
        QTextCursor(block).setBlockFormat(place)
