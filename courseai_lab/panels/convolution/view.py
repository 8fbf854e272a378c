"""Input, output, the window's matrices and the arithmetic: one frame, everything linked, most of it touchable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from courseai_lab.panels.convolution.boards import Board, board
from courseai_lab.panels.convolution.cell_editor import CellEditor
from courseai_lab.panels.convolution.layers_pane import LayersPane
from courseai_lab.panels.convolution.layout import Heights, Parts, plan
from courseai_lab.panels.convolution.marks import Touch
from courseai_lab.panels.convolution.matrix_pane import MatrixPane
from courseai_lab.panels.convolution.picture_pane import PicturePane
from courseai_lab.panels.convolution.sum_pane import SumPane
from courseai_lab.ui.panel_view import PanelView
from courseai_lab.ui.theme import text_font
from courseai_lab.ui.tiles import Plan, Tiles

if TYPE_CHECKING:
    from courseai_lab.panels.convolution.frame import Frame
    from courseai_lab.panels.convolution.params import ConvolutionLook, ConvolutionParams

MOST_PICTURES = 5
INK = 255.0
PEN = ((0, 0), (0, 1), (1, 0), (1, 1))


class View(PanelView):
    """The convolution panel."""

    def build(self) -> None:
        """Make the panes."""
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._frame: Frame | None = None
        self._params: ConvolutionParams | None = None
        self._look: ConvolutionLook | None = None
        self._board = Board(())
        self._needed = 0
        self._held = ""
        self._ink: np.ndarray | None = None
        self._tiles = Tiles(self._plan, self)
        page = self._tiles.page
        self._pictures = [PicturePane(self.theme, page) for _ in range(MOST_PICTURES)]
        self._matrices = MatrixPane(self.theme, page)
        self._sums = SumPane(self.theme, page)
        self._layers = LayersPane(self.theme, page)
        self._notes = QLabel(page)
        self._notes.setWordWrap(True)
        self._notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for part in (*self._pictures, self._matrices, self._sums, self._layers, self._notes):
            part.hide()
        self._editor = CellEditor(page)
        for pane in self._pictures:
            pane.touched.connect(self._picture_touched)
        self._pictures[0].pointed.connect(self._over_input)
        self._pictures[1].pointed.connect(self._over_output)
        self._matrices.touched.connect(self._matrix_touched)
        self._matrices.pointed.connect(self.point_at)

    # Drawing

    def draw(self, frame: Frame, params: ConvolutionParams, look: ConvolutionLook) -> None:
        """Show a frame."""
        before = self._frame
        if before is not None and (before.study, before.x.shape, before.kernel.shape) != (
            frame.study,
            frame.x.shape,
            frame.kernel.shape,
        ):
            self._editor.close_editor()
        self._frame, self._params, self._look = frame, params, look
        self._board = board(frame, params, look)
        for pane, shown in zip(self._pictures, self._board.pictures, strict=False):
            pane.show_picture(shown)
        self._matrices.show_grids(self._board.grids)
        self._sums.show_lines(self._board.lines)
        if self._board.cone is not None:
            self._layers.show_cone(self._board.cone)
        self._show_notes(frame)
        self._tiles.arrange()
        needed = self._tiles.needed(self.width())
        if needed != self._needed:
            self._needed = needed
            self.updateGeometry()

    def _show_notes(self, frame: Frame) -> None:
        self._notes.setFont(text_font(self.theme, self.theme.caption_px))
        self._notes.setStyleSheet(f"color: {self.theme.muted}; background: transparent;")
        self._notes.setText(" ".join(frame.notes))

    def highlight(self, name: str) -> None:
        """Light what a term of the formula means."""
        self._pictures[0].light(name in ("x", "n", "padding"))
        self._pictures[1].light(name in ("y", "out"))
        self._matrices.light("kernel" if name in ("size", "dilation", "stride") else name)

    def _plan(self, width: int, height: int) -> Plan:
        zoom = self._look.zoom if self._look is not None else "all"
        shown = self._board
        lower: list[tuple[QWidget, Heights]] = []
        if shown.grids and zoom in ("all", "window"):
            lower.append((self._matrices, self._matrices.wanted_height))
        if shown.cone is not None and zoom in ("all", "window"):
            lower.append((self._layers, self._layers.wanted_height))
        if shown.lines and zoom in ("all", "arithmetic"):
            lower.append((self._sums, self._sums.wanted_height))
        pictures = self._pictures[: len(shown.pictures)] if zoom in ("all", "picture") or not lower else []
        line = round(QFontMetricsF(text_font(self.theme, self.theme.caption_px)).height())
        note = self._notes.heightForWidth(max(width - 16, 50)) if self._notes.text() else 0
        made = plan(Parts(pictures, lower, line, self.theme.text_px / 13), width, max(height - note, 0))
        if not note:
            return made
        top = max(made.height, height - note)
        return Plan((*made.places, (self._notes, QRect(8, top, width - 16, note))), made.height + note)

    def hasHeightForWidth(self) -> bool:
        """Where it is narrow the parts stand below each other: whoever hosts it should give it the room."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Pixels that everything needs at this width."""
        return self._tiles.needed(width) if self._frame is not None else self.minimumSizeHint().height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's hook."""
        super().resizeEvent(event)
        self._tiles.resize(self.size())

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Every part, as vectors where it can."""
        return self._tiles.paint_parts(painter, rect)

    # Pointer

    def _over_input(self, on: bool) -> None:
        self.point_at("x" if on else "")

    def _over_output(self, on: bool) -> None:
        self.point_at("y" if on else "")

    def _picture_touched(self, touch: Touch) -> None:
        frame, params = self._frame, self._params
        if frame is None or params is None:
            return
        which = self._pictures.index(self.sender())  # type: ignore[arg-type]
        if touch.kind == "press":
            self.begin_gesture()
            self._held = self._grip(which, touch)
        if self._held:
            getattr(self, f"_{self._held}")(touch)
        if touch.kind == "double" and which == 0 and frame.study in ("step", "pool") and params.source == "grid":
            self._edit_input(touch)
        if touch.kind == "release":
            self._held = ""
            self._ink = None
            self.end_gesture()

    def _grip(self, which: int, touch: Touch) -> str:
        """What a press takes hold of."""
        frame, params = self._frame, self._params
        assert frame is not None and params is not None
        if frame.study == "fourier":
            return "hold_wave" if which in (1, 2, 3) else ""
        if frame.study == "field":
            return "hold_unit" if which == 0 else ""
        if frame.study not in ("step", "pool"):
            return ""
        if which == 1:
            return "hold_cell"
        if which != 0:
            return ""
        if params.source == "pad":
            return "hold_brush"
        rows, columns = frame.window_rows, frame.window_columns
        assert rows is not None and columns is not None
        inside = rows[0] <= touch.row <= rows[-1] and columns[0] <= touch.column <= columns[-1]
        small = len(rows) < frame.x.shape[1] or len(columns) < frame.x.shape[2]
        return "hold_window" if inside and small and not touch.erase else "hold_pixel"

    def _hold_cell(self, touch: Touch) -> None:
        """Put the window where this output cell comes from."""
        self._move_to(touch.row, touch.column)

    def _hold_window(self, touch: Touch) -> None:
        """Carry the window over the input."""
        frame = self._frame
        assert frame is not None and frame.window_rows is not None and frame.window_columns is not None
        if touch.kind != "drag" or frame.size is None:
            return
        step = 1 if frame.transposed else int(frame.size[2, 0])
        spans = [int(one[-1] - one[0]) for one in (frame.window_rows, frame.window_columns)]
        row, column = (
            round((place - span / 2) / step) for place, span in zip((touch.row, touch.column), spans, strict=True)
        )
        high, wide = frame.y.shape[1:]
        self._move_to(min(max(row, 0), high - 1), min(max(column, 0), wide - 1))

    def _move_to(self, row: int, column: int) -> None:
        frame = self._frame
        assert frame is not None
        high, wide = frame.y.shape[1:]
        if (row, column) != frame.at and row < high and column < wide:
            self.propose(down=(row + 0.5) / high, across=(column + 0.5) / wide)

    def _hold_pixel(self, touch: Touch) -> None:
        """Mark an input pixel; the right button takes the mark away."""
        frame, params = self._frame, self._params
        assert frame is not None and params is not None
        if touch.kind == "release":
            return
        r0, r1, c0, c1 = frame.inner
        gone = touch.erase or (touch.kind == "press" and frame.probe == (touch.row, touch.column))
        if gone or not (r0 <= touch.row < r1 and c0 <= touch.column < c1):
            if params.probe is not None and touch.kind == "press":
                self.propose(probe=None)
            return
        wanted = ((touch.row - r0 + 0.5) / (r1 - r0), (touch.column - c0 + 0.5) / (c1 - c0))
        if wanted != params.probe:
            self.propose(probe=wanted)

    def _hold_brush(self, touch: Touch) -> None:
        """Paint on the pad; the right button, or Shift, rubs out."""
        frame = self._frame
        assert frame is not None
        if touch.kind not in ("press", "drag"):
            return
        r0, r1, c0, c1 = frame.inner
        if self._ink is None:
            self._ink = frame.x[0, r0:r1, c0:c1].astype(np.float64)
        if self._ink.shape != (28, 28):
            return  # Transposed: what is shown is not the pad itself.
        before = self._ink.copy()
        for down, right in PEN:
            row, column = touch.row - r0 + down, touch.column - c0 + right
            if 0 <= row < 28 and 0 <= column < 28:
                self._ink[row, column] = 0.0 if touch.erase else INK
        if not np.array_equal(before, self._ink):
            self.propose(painting=_rows(self._ink))

    def _hold_unit(self, touch: Touch) -> None:
        """Move the unit whose field is shown."""
        frame = self._frame
        assert frame is not None
        high, wide = frame.x.shape[1:]
        if (touch.row, touch.column) != frame.at:
            self.propose(down=touch.row / max(high - 1, 1), across=touch.column / max(wide - 1, 1))

    def _hold_wave(self, touch: Touch) -> None:
        """Choose a frequency."""
        frame = self._frame
        assert frame is not None
        high, wide = frame.x.shape[1:]
        wave = (touch.row - high // 2, touch.column - wide // 2)
        if wave != frame.wave:
            self.propose(wave=(wave[0] / high, wave[1] / wide))

    def _matrix_touched(self, name: str, touch: Touch) -> None:
        frame, params, look = self._frame, self._params, self._look
        if name != "kernel" or frame is None or params is None or look is None or not frame.editable:
            return
        if touch.kind == "press":
            self.begin_gesture()
        if touch.kind == "double":
            self._edit_weight(touch)
        elif params.kind == "painted" and touch.kind in ("press", "drag"):
            self._set_weight(touch.row, touch.column, 0.0 if touch.erase else look.brush)
        if touch.kind == "release":
            self.end_gesture()

    # Numbers typed into cells

    def _edit_input(self, touch: Touch) -> None:
        frame = self._frame
        assert frame is not None
        r0, r1, c0, c1 = frame.inner
        if frame.transposed or not (r0 <= touch.row < r1 and c0 <= touch.column < c1):
            return
        pane = self._pictures[0]
        rect = pane.cell_rect(touch.row, touch.column).translated(pane.pos())
        value = float(frame.x[0, touch.row, touch.column])

        def take(number: float) -> None:
            cells = frame.x[0, r0:r1, c0:c1].astype(np.float64)
            cells[touch.row - r0, touch.column - c0] = number
            self.propose(grid=_grid_text(cells))

        self._editor.open_at(rect, value, take)

    def _edit_weight(self, touch: Touch) -> None:
        frame = self._frame
        assert frame is not None
        weights = self._weights(frame)
        rect = self._matrices.cell_rect("kernel", touch.row, touch.column).translated(self._matrices.pos())
        row, column = self._given(frame, touch.row, touch.column)
        self._editor.open_at(
            rect, float(weights[row, column]), lambda number: self._set_weight(touch.row, touch.column, number)
        )

    def _set_weight(self, row: int, column: int, value: float) -> None:
        """A weight as it is slid; with the kernel turned, that is another cell of the kernel as it is given."""
        frame, params = self._frame, self._params
        if frame is None or params is None:
            return
        weights = self._weights(frame)
        row, column = self._given(frame, row, column)
        if row >= weights.shape[0] or column >= weights.shape[1] or weights[row, column] == value:
            return
        weights[row, column] = value
        if params.kind == "typed":
            self.propose(typed=_grid_text(weights))
        else:
            wanted: dict[str, Any] = {"kind": "painted", "cells": _rows(weights)}
            if weights.shape[0] == weights.shape[1]:
                wanted["size"] = weights.shape[0]
            self.propose(**wanted)

    def _weights(self, frame: Frame) -> np.ndarray:
        """The kernel as it is given, float64 [row column]."""
        return np.array(frame.kernel[frame.channel % frame.depth] / frame.divisor)

    def _given(self, frame: Frame, row: int, column: int) -> tuple[int, int]:
        if frame.study != "step" or not frame.flipped:
            return row, column
        high, wide = frame.kernel.shape[1:]
        return high - 1 - row, wide - 1 - column


def _rows(cells: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in cells.tolist())


def _grid_text(cells: np.ndarray) -> str:
    """The text that is read back as these cells, exactly."""
    return "\n".join(" ".join(str(int(v)) if v == int(v) else repr(v) for v in row) for row in cells.tolist())
