"""Curves above, rows of noised images below on the same time axis; one time marked everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QWidget

from courseai_lab.panels.noise_schedule.curve_box import CURVES, PAINT, CurveBox
from courseai_lab.panels.noise_schedule.image_rows import ImageRows
from courseai_lab.panels.noise_schedule.track import Track
from courseai_lab.ui.panel_view import PanelView
from courseai_lab.ui.plots import HandleMove, Handles
from courseai_lab.ui.scroll_room import scroll_room
from courseai_lab.ui.theme import text_font

if TYPE_CHECKING:
    from courseai_lab.panels.noise_schedule.compute import Frame
    from courseai_lab.panels.noise_schedule.params import NoiseLook, NoiseParams

NARROW = 640
ENOUGH = 10_000  # pixels: rows of images as tall as they are wide
KNOT_GAP = 2e-3


@dataclass(frozen=True, slots=True)
class _Plan:
    """Places of the large plot, the rows of images, the small plots and the notes, and the height of it all."""

    main: QRect
    rows: QRect
    grid: QRect
    columns: int
    notes: QRect
    height: int


class View(PanelView):
    """The noise schedule panel."""

    def build(self) -> None:
        """Make the plots, the rows of images and the line of notes."""
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(False)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page = QWidget()
        self._scroll.setWidget(self._page)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._margins = (60.0, 20.0)
        self._needed = 0
        self._frame: Frame | None = None
        self._look: NoiseLook | None = None
        self._short = False
        self._main = CurveBox(self.theme, self._page)
        self._small = [CurveBox(self.theme, self._page) for _ in CURVES]
        self._rows = ImageRows(self.theme, self._page)
        self._notes = QLabel(self._page)
        self._notes.setWordWrap(True)
        self._notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._dragging = False
        self._knots: Handles | None = None
        self._time: Handles | None = None
        for box in (self._main, *self._small):
            box.plot.hovered.connect(self._pointed)
        self._main.plot.clicked.connect(self._clicked)
        for box in self._small:
            box.plot.clicked.connect(self._chosen)
            box.setToolTip("Click to make this the large curve")
        self._rows.pointed.connect(self._pointed)
        self._rows.dragged.connect(self._dragged)

    def draw(self, frame: Frame, params: NoiseParams, look: NoiseLook) -> None:
        """Show a frame."""
        self._frame = frame
        track = self._track()
        self._short = self._is_narrow(self.width())
        self._look = look
        self._main.show_curves(frame, look.main, look, track, large=True, short=self._short)
        self._place_handles(frame, look)
        wanted = [quantity for quantity in CURVES if quantity in look.curves and quantity != look.main]
        others = [quantity for quantity in wanted if np.isfinite(getattr(frame, quantity)).any()]
        for box, quantity in zip(self._small, [*others, *[""] * len(CURVES)], strict=False):
            box.setVisible(bool(quantity))
            if quantity:
                box.show_curves(frame, quantity, look, track, large=False)
        colors = tuple(PAINT[name][0] for name in frame.ids)
        self._rows.show_rows(frame, colors, look.ticks)
        self._notes.setFont(text_font(self.theme, self.theme.caption_px))
        self._notes.setStyleSheet(f"color: {self.theme.muted}; background: transparent;")
        scaled = "values beyond −1 to 1 show as black or white"
        self._notes.setText(
            ". ".join(
                (
                    f"{frame.picture[:1].upper()}{frame.picture[1:]}; one noise for all rows; {scaled}",
                    *(note.rstrip(".") for note in frame.notes),
                )
            )
            + "."
        )
        self._arrange()
        needed = self.heightForWidth(self.width())
        if needed != self._needed:
            self._needed = needed
            self.updateGeometry()

    def highlight(self, name: str) -> None:
        """Frame the curves of a quantity named in the formula."""
        for box in (self._main, *self._small):
            box.light(bool(name) and box.quantity == name)

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """A page that is longer than the figure is made smaller as a whole, so that nothing is cut off."""
        page = self._page.size()
        if page.height() <= self.height():
            return False
        scale = min(rect.width() / page.width(), rect.height() / page.height())
        painter.save()
        painter.translate(rect.x() + (rect.width() - scale * page.width()) / 2, rect.y())
        painter.scale(scale, scale)
        self._page.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
        painter.restore()
        return True

    def _track(self) -> Track:
        """The time axis, with half an image's room at both ends so that each image is centred on its time."""
        frame = self._frame
        assert frame is not None
        pad = frame.last / (len(frame.cell_t) - 1) / 2
        return Track(0.0, 1.0, -pad, frame.last + pad)

    def _place_handles(self, frame: Frame, look: NoiseLook) -> None:
        """Handles on the drawn curve, and one on the axis for the marked time."""
        plot = self._main.plot
        if frame.knots is not None and look.main == "alpha_bar":
            steps = frame.last + 1
            points = np.column_stack([frame.knots[:, 0] * steps - 1, frame.knots[:, 1]])
            if self._knots is None or not self._knots.used or not np.array_equal(self._knots.points, points):
                handles = plot.handles("knots", points, constrain=_between_neighbours)
                if self._knots is None:
                    self._knots = handles
                    handles.moved.connect(self._knot_moved)
        if self._time is not None and self._time.used and self._time.dragging:
            return  # it is in the user's hand, and there already
        time = plot.handles("time", [[frame.at, self._main.foot()]], constrain=_along_axis)
        if self._time is None:
            self._time = time
            time.moved.connect(self._time_moved)

    def hasHeightForWidth(self) -> bool:
        """Where it is narrow the parts stand below each other: whoever hosts it should give it the room."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Pixels that everything needs at this width."""
        if self._frame is None:
            return self.minimumSizeHint().height()
        return self._plan(width, 0).height

    def _plan(self, width: int, height: int) -> _Plan:
        """Where everything goes in ``width``, filling ``height`` or, where that is too little, going beyond it."""
        scale = self.theme.text_px / 13
        gap = self.theme.gap(2)
        boxes = [box for box in self._small if not box.isHidden()]
        narrow = self._is_narrow(width)
        beside = bool(boxes) and not narrow
        low = 190 * scale
        top = round(min(max(0.62 * width, low) if narrow else max(0.44 * height, low), 460 * scale))
        main = QRect(0, 0, round(0.68 * width) if beside else width, top)
        left, right = self._margins
        first, last = self._track().first, self._track().last
        track = Track(left, max(main.width() - right, left + 60), first, last)
        note = self._notes.heightForWidth(max(width - 2 * gap, 50))
        room = ENOUGH if narrow else height - top - note - 2 * gap
        rows = QRect(0, top + gap, width, self._rows.wanted_height(width, track, room))
        y = rows.bottom() + 1
        grid, columns = QRect(main.right() + 1, 0, width - main.width(), top), 2 if len(boxes) > 1 else 1
        if not beside:
            columns = 2 if width >= 330 * scale else 1
            grid = QRect(0, y, width, round(130 * scale) * -(-len(boxes) // columns))
            y = grid.bottom() + 1
        return _Plan(main, rows, grid, columns, QRect(gap, y, width - 2 * gap, note), y + note + gap)

    def _is_narrow(self, width: int) -> bool:
        return width < NARROW * min(self.theme.text_px / 13, 1.4)

    def _arrange(self) -> None:
        """Place everything for the present size; scroll down where it is too much."""
        if self._frame is None or self._look is None:
            return
        if self._is_narrow(self.width()) != self._short:
            self._short = not self._short
            self._main.show_curves(
                self._frame, self._look.main, self._look, self._track(), large=True, short=self._short
            )
            self._place_handles(self._frame, self._look)
        room = scroll_room(self._scroll, self.size(), lambda w, h: self._plan(w, h).height)
        plan = self._plan(room.width(), room.height())
        self._main.setGeometry(plan.main)
        if self._measure():
            plan = self._plan(room.width(), room.height())
        self._grid([box for box in self._small if not box.isHidden()], plan.grid, plan.columns)
        self._rows.setGeometry(plan.rows)
        left, right = self._margins
        track = self._track()
        self._rows.set_track(Track(left, max(plan.main.width() - right, left + 60), track.first, track.last))
        self._notes.setGeometry(plan.notes)
        self._page.resize(room.width(), max(plan.height, room.height()))

    def _measure(self) -> bool:
        """How far inside the large plot its time axis begins and ends; whether that has changed."""
        plot, track = self._main.plot, self._track()
        level = plot.view_range()[1][1]
        first, last = (plot.mapTo(self._main, plot.pixel(t, level).toPoint()).x() for t in (track.first, track.last))
        margins = (float(first), float(self._main.width() - last))
        changed, self._margins = margins != self._margins, margins
        return changed

    def _grid(self, boxes: list[CurveBox], area: QRect, columns: int) -> None:
        lines = -(-len(boxes) // columns)
        for k, box in enumerate(boxes):
            row, column = divmod(k, columns)
            left, right = (area.x() + area.width() * c // columns for c in (column, column + 1))
            up, down = (area.y() + area.height() * r // lines for r in (row, row + 1))
            box.setGeometry(left, up, right - left, down - up)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's hook."""
        super().resizeEvent(event)
        self._scroll.resize(self.size())
        self._arrange()

    def _pointed(self, t: float | None) -> None:
        """The pointer is over time ``t`` somewhere: mark it everywhere."""
        frame = self._frame
        if frame is None:
            return
        step = None if t is None else round(min(max(t, 0.0), frame.last))
        self._main.plot.set_hover(None if step is None else float(step))
        for box in self._small:
            box.mark(step)
        self._rows.mark(step)
        source = self.sender()
        over = next((b.quantity for b in (self._main, *self._small) if b.plot is source), "time")
        self.point_at(over if step is not None else "")

    def _clicked(self, x: float, y: float) -> None:
        self._dragged(x / self._last(), True)

    def _chosen(self, x: float, y: float) -> None:
        box = next(b for b in self._small if b.plot is self.sender())
        self.propose_look(main=box.quantity)

    def _dragged(self, share: float, done: bool) -> None:
        self._grab(done)
        self.propose(time=round(min(max(share, 0.0), 1.0), 5))
        self._let_go(done)

    def _grab(self, done: bool) -> None:
        """A drag begins: one undo step, and thin lines, which are drawn several times faster."""
        if not self._dragging:
            self._dragging = True
            self.begin_gesture()
            self._set_live(not done)

    def _let_go(self, done: bool) -> None:
        if done:
            self._dragging = False
            self.end_gesture()
            self._set_live(False)

    def _set_live(self, live: bool) -> None:
        for box in (self._main, *self._small):
            box.plot.set_live(live)

    def _time_moved(self, move: HandleMove) -> None:
        self._dragged(move.x / self._last(), move.done)

    def _knot_moved(self, move: HandleMove) -> None:
        self._grab(move.done)
        steps = self._last() + 1
        knots = [((x + 1) / steps, y) for x, y in move.points.tolist()]
        self.propose(knots=[(0.0, 1.0), *knots[1:-1], (1.0, knots[-1][1])])
        self._let_go(move.done)

    def _last(self) -> int:
        assert self._frame is not None
        return self._frame.last


def _between_neighbours(index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
    """A knot stays right of and below the one before it, left of and above the one after; the first one is fixed."""
    if index == 0:
        return float(points[0, 0]), 1.0
    gap = KNOT_GAP * (points[-1, 0] - points[0, 0])
    high = points[index - 1, 1] - KNOT_GAP
    if index == len(points) - 1:
        return float(points[index, 0]), float(np.clip(y, 0.0, max(high, 0.0)))
    low = points[index + 1, 1] + KNOT_GAP
    left, right = points[index - 1, 0] + gap, points[index + 1, 0] - gap
    return float(np.clip(x, left, max(left, right))), float(np.clip(y, low, max(low, high)))


def _along_axis(index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
    """The handle of the time stays on the axis."""
    return x, float(points[index, 1])
