"""TeX to SVG by ziamath, and where each named term stands in it. Cached by text, size and colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from courseai_lab.contract import Formula

_COMMAND = re.compile(r"\\[A-Za-z]+")
_SHAPE = re.compile(r"<(path|rect)\b([^>]*)/?>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_OUTLINE = re.compile(r"([MLQCZ])([^MLQCZ]*)")
_VIEW_BOX = re.compile(r'viewBox="([^"]*)"')
# Terms are set in marker colours of their own, read back from the drawing and then exchanged for real ones.
_MARKER = 0x010200
_MAX_TERMS = 0x0FFF


class TexError(ValueError):
    """A formula that cannot be typeset; the text says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A typeset formula: ``svg``, its size in logical pixels, the depth below the baseline, and its terms' places.

    ``boxes``: ``(term id, rectangle)`` for every occurrence of a term, in reading order, in pixels from the top left.
    """

    svg: bytes
    width: float
    height: float
    depth: float
    boxes: tuple[tuple[str, QRectF], ...] = ()

    def renderer(self) -> QSvgRenderer:
        """A renderer of the drawing, to be kept by whoever paints it often."""
        return QSvgRenderer(QByteArray(self.svg))

    def pixmap(self, ratio: float = 1.0) -> QPixmap:
        """The drawing as a pixmap of ``ratio`` device pixels a logical pixel."""
        pixmap = QPixmap(max(1, round(self.width * ratio)), max(1, round(self.height * ratio)))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.renderer().render(painter, QRectF(0, 0, pixmap.width(), pixmap.height()))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap


def typeset(tex: str, size_px: float, color: str, term_colors: tuple[tuple[str, str], ...] = ()) -> Setting:
    r"""Set ``tex`` (which may name terms by ``\term{id}{...}``) in ``color``, ``size_px`` high letters.

    ``term_colors``: ``(term id, "#RRGGBB")`` of terms that have a colour of their own. Raises TexError.
    """
    return _coloured(tex, float(size_px), color, term_colors)


def check_tex(tex: str) -> list[str]:
    """Commands that ziamath does not know and would print as words, in reading order; raises TexError."""
    from latex2mathml.converter import convert

    try:
        mathml = convert(Formula(tex).plain())
    except Exception as error:
        raise TexError(_reason(error)) from None
    printed = re.findall(r">([^<]*)<", mathml)
    return [name for text in printed for name in _COMMAND.findall(text)]


@lru_cache(maxsize=512)
def _coloured(tex: str, size_px: float, color: str, term_colors: tuple[tuple[str, str], ...]) -> Setting:
    names, plain, view = _typeset(tex, size_px)
    wanted = dict(term_colors)
    left, top, width, height = view
    boxes = _boxes(plain, len(names))
    places = tuple(
        (names[index], QRectF(x0 - left, y0 - top, x1 - x0, y1 - y0)) for index, (x0, y0, x1, y1) in boxes.items()
    )
    svg = plain.replace('"black"', f'"{color}"')
    for index, name in enumerate(names):
        svg = svg.replace(f'"{_marker(index)}"', f'"{wanted.get(name, color)}"')
    return Setting(svg.encode(), width, height, height + top, places)


@lru_cache(maxsize=512)
def _typeset(tex: str, size_px: float) -> tuple[tuple[str, ...], str, tuple[float, float, float, float]]:
    """Names of the term occurrences, the SVG in marker colours, and its view box."""
    import ziamath

    # Its default output places glyphs by <symbol> and <use>, which QSvgRenderer does not draw.
    ziamath.config.svg2 = False
    names: list[str] = []
    marked: list[str] = []
    try:
        for name, part in Formula(tex).pieces():
            if name:
                marked.append(rf"{{\textcolor{{{_marker(len(names))}}}{{{part}}}}}")
                names.append(name)
            else:
                marked.append(part)
        if len(names) > _MAX_TERMS:
            raise TexError(f"A formula may name {_MAX_TERMS} terms, not {len(names)}.")
        svg = ziamath.Latex("".join(marked), size=size_px, color="black").svg()
    except TexError:
        raise
    except Exception as error:
        raise TexError(_reason(error)) from None
    left, top, width, height = (float(part) for part in _VIEW_BOX.search(svg).group(1).split())  # type: ignore[union-attr]
    if not (0 < width < 1e5 and 0 < height < 1e5):
        raise TexError("The formula is empty.")
    return tuple(names), svg, (left, top, width, height)


def _marker(index: int) -> str:
    return f"#{_MARKER + index:06x}"


def _reason(error: Exception) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__.removesuffix("Error")).lower()
    said = str(error).strip()
    return f"This formula cannot be typeset ({words}{': ' + said if said else ''})."


def _boxes(svg: str, terms: int) -> dict[int, tuple[float, float, float, float]]:
    """Extent of every term, ``(left, top, right, bottom)`` in the drawing's own coordinates, by occurrence."""
    found: dict[int, list[tuple[float, float]]] = {}
    for shape, attributes in _SHAPE.findall(svg):
        values = dict(_ATTRIBUTE.findall(attributes))
        fill = values.get("fill", "")
        if not re.fullmatch(r"#[0-9a-f]{6}", fill):
            continue
        index = int(fill[1:], 16) - _MARKER
        if 0 <= index < terms:
            points = _rect_points(values) if shape == "rect" else _outline_points(values.get("d", ""))
            found.setdefault(index, []).extend(points)
    return {
        index: (min(x for x, _ in pts), min(y for _, y in pts), max(x for x, _ in pts), max(y for _, y in pts))
        for index, pts in sorted(found.items())
        if pts
    }


def _rect_points(values: dict[str, str]) -> list[tuple[float, float]]:
    x, y = float(values["x"]), float(values["y"])
    return [(x, y), (x + float(values["width"]), y + float(values["height"]))]


def _outline_points(path: str) -> Iterator[tuple[float, float]]:
    """Ends of all segments and the extreme points of the curves: their box is the outline's box."""
    at = (0.0, 0.0)
    for command, numbers in _OUTLINE.findall(path):
        values = [float(part) for part in numbers.replace(",", " ").split()]
        points = list(zip(values[::2], values[1::2], strict=True))
        if command == "Q":
            for control, end in zip(points[::2], points[1::2], strict=True):
                yield _quadratic_extreme(at, control, end)
                yield end
                at = end
        elif points:
            yield from points
            at = points[-1]


def _quadratic_extreme(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> tuple[float, float]:
    """The furthest coordinates that the curve from ``a`` by control ``b`` to ``c`` reaches, each axis by itself."""
    out = []
    for p, q, r in zip(a, b, c, strict=True):
        bend = p - 2 * q + r
        t = (p - q) / bend if bend else 0.0
        t = min(1.0, max(0.0, t))
        out.append((1 - t) ** 2 * p + 2 * t * (1 - t) * q + t * t * r)
    return out[0], out[1]
