"""A lesson as pages to hand out: text, a figure of every scene in print colours, questions, and a page of answers."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from courseai_lab.app.course.markup import DrawTex, blocks_html, inline_html
from courseai_lab.app.course.question_box import say_number
from courseai_lab.contract import Panel
from courseai_lab.lessons.errors import LessonError
from courseai_lab.lessons.lesson import Lesson, Scene
from courseai_lab.lessons.question_header import Question
from courseai_lab.lessons.questions import answer_text, blank_parts, truth
from courseai_lab.lessons.scene import Snapshot, Stage
from courseai_lab.lessons.text import Link, links, parse_inline

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from courseai_lab.lessons.course import Course

ENDINGS = {".html": "page", ".pdf": "document"}
FIGURE = (900, 560)
SCALE = 2.0
PAGE_WIDTH = 600
PAD = (420, 230)
DPI = 96
DrawPicture = Callable[["QImage", int, str], str]
"""HTML of a picture, so many pixels wide, with words for those who cannot see it."""
Report = Callable[[float | None, str], None]


def save_handout(lesson: Lesson, course: Course, panels: Sequence[Panel], path: Path, report: Report) -> int:
    """Write a lesson as HTML that needs no other file, or as PDF. Returns the number of figures.

    Raises BadValue, LabError, OSError.
    """
    from courseai_lab.app.figures import offscreen_application
    from courseai_lab.app.headless import checked_target, replacing

    checked_target(path, ENDINGS)
    offscreen_application(SCALE)
    pages = Pages(lesson, course, Stage(tuple(panels)), report)
    with replacing(path) as temporary:
        _WRITERS[path.suffix.lower()](pages, temporary)
    return pages.figures


class Pages:
    """The handout's content, with formulas and pictures as the file's kind wants them."""

    def __init__(self, lesson: Lesson, course: Course, stage: Stage, report: Report) -> None:
        from courseai_lab.ui.theme import load_theme

        self.lesson = lesson
        self.theme = load_theme("light")
        self.figures = 0
        self._course = course
        self._stage = stage
        self._report = report

    def html(self, tex: DrawTex, picture: DrawPicture) -> str:
        """The body of the whole handout."""
        lesson = self.lesson
        parts = [
            f"<h1>{escape(lesson.title)}</h1>",
            f'<p class="small">Lesson {escape(lesson.id)}, {lesson.minutes} minutes. '
            f"{escape(' '.join(lesson.objectives))}</p>",
            blocks_html(lesson.blocks, tex, self._link),
        ]
        for number, scene in enumerate(lesson.scenes, 1):
            self._report((number - 1) / (len(lesson.scenes) + 1), scene.title)
            parts.append(self._scene(number, scene, tex, picture))
        parts.append(self._questions(tex, picture))
        parts.append(self._words(tex))
        if lesson.sources:
            parts.append(f'<p class="small">Sources: {escape("; ".join(lesson.sources))}.</p>')
        parts.append(self._answers(tex, picture))
        self._report(1.0, "")
        return "\n".join(parts)

    def _scene(self, number: int, scene: Scene, tex: DrawTex, picture: DrawPicture) -> str:
        out = []
        for snapshot in self._stage.snapshots(scene):
            out.append(f"<p>{picture(self._drawn(snapshot), PAGE_WIDTH, f'{snapshot.panel.title}: {scene.title}')}</p>")
            self.figures += 1
        # Below, as a caption: a heading above would stay behind on the page before.
        out.append(f'<p class="figure"><b>Figure {number}. {escape(scene.title)}.</b></p>')
        for head, words in (("Try", scene.attempt), ("Notice", scene.notice)):
            if words:
                out.append(f"<p><b>{head}:</b> {self._line(words, tex)}</p>")
        return "\n".join(out)

    def _drawn(self, snapshot: Snapshot) -> QImage:
        from courseai_lab.app.figures import Figure, Shot, draw_image

        shot = Shot(snapshot.panel, snapshot.state, snapshot.frame, snapshot.index)
        return draw_image(shot, Figure(self.theme, *FIGURE, SCALE, grow=True, caption=True))

    def _questions(self, tex: DrawTex, picture: DrawPicture) -> str:
        out = ["<h2>Questions</h2>"] if self.lesson.questions else []
        for number, question in enumerate(self.lesson.questions, 1):
            out.append(f"<p><b>{number}.</b> {self._line(question.ask, tex)}</p>")
            out.append(self._room(question, tex, picture))
        return "\n".join(out)

    def _room(self, question: Question, tex: DrawTex, picture: DrawPicture) -> str:
        """Where the answer goes."""
        if question.kind == "pick":
            items = "".join(f"<p>&#9744;&nbsp; {self._line(choice, tex)}</p>" for choice in question.choices)
            return f'<div class="room">{items}</div>'
        if question.kind in ("point", "curve"):
            return f"<p>{picture(self._plot(question, None), PAD[0], 'An empty plot for your answer')}</p>"
        if question.kind == "blank":
            lines = []
            for line in question.lines:
                shown = "".join("__________" if k % 2 else escape(t) for k, t in enumerate(blank_parts(line)))
                lines.append(f"<p><code>{shown}</code></p>")
            return f'<div class="room">{"".join(lines)}</div>'
        return f"<p>____________ {escape(question.unit)}</p>"

    def _plot(self, question: Question, true: list[tuple[float, float]] | None) -> QImage:
        from PySide6.QtCore import QPoint
        from PySide6.QtGui import QImage, QRegion

        from courseai_lab.app.course.plot_pad import PlotPad

        pad = PlotPad(question, self.theme, quiet=True)
        pad.setFixedSize(*PAD)
        if true is not None:
            pad.show_truth(true)
        image = QImage(round(PAD[0] * SCALE), round(PAD[1] * SCALE), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(SCALE)
        image.fill(self.theme.ground)
        pad.render(image, QPoint(), QRegion(), PlotPad.RenderFlag.DrawChildren)
        pad.deleteLater()
        return image

    def _answers(self, tex: DrawTex, picture: DrawPicture) -> str:
        if not self.lesson.questions:
            return ""
        out = ['<h2 class="answers" style="page-break-before: always">Answers</h2>']
        for number, question in enumerate(self.lesson.questions, 1):
            true = truth(question, self._snapshot)
            words = answer_text(question, true, say_number)
            which = int(true) if question.kind == "pick" else 0
            because = question.because[which].replace("{answer}", words) if question.because else ""
            shown = f"<code>{escape(words)}</code>" if question.kind == "blank" else self._line(words, tex)
            out.append(f"<p><b>{number}.</b> {shown}. {self._line(because, tex)}</p>")
            if question.kind == "curve":
                curve = list(zip(true[0].tolist(), true[1].tolist(), strict=True))
                out.append(f"<p>{picture(self._plot(question, curve), PAD[0], 'The true curve')}</p>")
        return "\n".join(out)

    def _words(self, tex: DrawTex) -> str:
        """What the terms mean that the text links to."""
        named = dict.fromkeys(link.target for link, _ in links(self.lesson.blocks) if link.kind == "term")
        terms = [self._course.glossary[name] for name in named if name in self._course.glossary]
        if not terms:
            return ""
        items = "".join(f"<p><b>{escape(t.title)}.</b> {inline_html(t.says, tex, _plain_link)}</p>" for t in terms)
        return f"<h2>Words</h2>{items}"

    def _snapshot(self, scene_id: str) -> Snapshot:
        scene = self.lesson.scene(scene_id)
        assert scene is not None
        return self._stage.snapshot(scene)

    def _line(self, text: str, tex: DrawTex) -> str:
        try:
            return inline_html(parse_inline(text), tex, self._link)
        except LessonError:
            return escape(text)

    def _link(self, link: Link, words: str) -> str:
        """On paper a link to a scene names its figure, and the others are words."""
        if link.kind == "scene":
            number = next((n for n, s in enumerate(self.lesson.scenes, 1) if s.id == link.target), 0)
            return f"{words} (figure {number})" if number else words
        return f"<i>{words}</i>" if link.kind == "term" else words


def _plain_link(_link: Link, words: str) -> str:
    return words


_CSS = """
body { font-family: Inter, "Segoe UI", Helvetica, Arial, sans-serif; font-size: 15px; line-height: 1.5; color: #1B2130;
  background: #FFFFFF; max-width: 720px; margin: 32px auto; padding: 0 24px; }
h1 { font-size: 28px; } h2 { font-size: 20px; margin-top: 32px; }
h1, h2 { line-height: 1.25; break-after: avoid; } img { max-width: 100%; height: auto; }
.small { color: #586174; font-size: 13px; } .figure { margin-top: 4px; } .formula { text-align: center; }
.formula svg { max-width: 100%; }
.room p { margin: 4px 0; } code { font-family: "JetBrains Mono", Consolas, monospace; }
.answers { break-before: page; } @media print { body { margin: 0; max-width: none; } }
"""


def _write_html(pages: Pages, path: Path) -> None:
    from courseai_lab.ui.formula.typeset import TexError, typeset

    def tex(source: str, display: bool) -> str:
        try:
            setting = typeset(source, 19.0 if display else 16.5, pages.theme.text)
        except TexError:
            return f"<code>{escape(source)}</code>"
        drawing = setting.svg.decode()
        drawing = drawing[drawing.index("<svg") :]
        style = "" if display else f' style="vertical-align:{-setting.depth:.2f}px"'
        return drawing.replace("<svg", f'<svg role="img" aria-label="{escape(source)}"{style}', 1)

    def picture(image: QImage, width: int, words: str) -> str:
        from courseai_lab.app.figures import png_bytes

        data = base64.b64encode(png_bytes(image)).decode("ascii")
        return f'<img src="data:image/png;base64,{data}" width="{width}" alt="{escape(words)}">'

    title = escape(f"{pages.lesson.id} {pages.lesson.title}")
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_CSS}</style>'
    body = pages.html(tex, picture)
    path.write_text(f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n', "utf-8")


def _write_pdf(pages: Pages, path: Path) -> None:
    from PySide6.QtCore import QMarginsF, QUrl
    from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

    from courseai_lab.app.course.rich_text import FormulaImages, sheet
    from courseai_lab.ui.theme import text_font

    document = QTextDocument()
    document.setDefaultFont(text_font(pages.theme))
    more = f"h1, h2 {{ font-weight: 600; }} .small {{ color: {pages.theme.muted}; }}"
    document.setDefaultStyleSheet(sheet(pages.theme) + more)
    document.setIndentWidth(pages.theme.gap(5))
    formulas = FormulaImages(document, pages.theme, 6.0)
    count = 0

    def picture(image: QImage, width: int, words: str) -> str:
        nonlocal count
        count += 1
        name = f"picture:{count}"
        document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), image)
        height = width * image.height() / image.width()
        return f'<img src="{name}" width="{width}" height="{height:.0f}" alt="{escape(words)}">'

    document.setHtml(f'<body style="color:{pages.theme.text}">{pages.html(formulas.html, picture)}</body>')
    formulas.align()
    writer = QPdfWriter(str(path))
    writer.setTitle(f"{pages.lesson.id} {pages.lesson.title}")
    writer.setCreator("CourseAI Lab")
    # That of the screen, in whose pixels letters and pictures are measured; both stay as sharp as they are.
    writer.setResolution(DPI)
    # Printing a document leaves margins of 2 cm by itself.
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            QMarginsF(0, 0, 0, 0),
            QPageLayout.Unit.Millimeter,
        )
    )
    document.print_(writer)


_WRITERS: dict[str, Callable[[Pages, Path], None]] = {".html": _write_html, ".pdf": _write_pdf}
