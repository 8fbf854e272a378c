"""Networks as drawings, what they answer in the plane, how they are doing: one frame, everything linked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from courseai_lab.panels.playground import charts
from courseai_lab.panels.playground.board import Board
from courseai_lab.panels.playground.code_pane import CodePane
from courseai_lab.panels.playground.layout import Plan, plan
from courseai_lab.panels.playground.net_pane import NetPane
from courseai_lab.ui.heatmap import Heatmap
from courseai_lab.ui.panel_view import PanelView, Table
from courseai_lab.ui.plots import HandleMove, Handles, Plot
from courseai_lab.ui.scroll_room import scroll_room

if TYPE_CHECKING:
    from courseai_lab.panels.playground.frame import Frame
    from courseai_lab.panels.playground.params import PlaygroundLook, PlaygroundParams

NETS = 3
ERASER = 0.12
WORDS = {
    "tanh": "tanh",
    "relu": "ReLU",
    "sigmoid": "sigmoid",
    "identity": "linear",
    "leaky_relu": "leaky ReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "gelu_tanh": "GELU (tanh)",
    "silu": "SiLU",
    "softplus": "softplus",
    "mish": "Mish",
}
SOON_MS = 5
CHARTS_SECONDS = 0.2
"""While a network trains curves are drawn so often: they change slowly, and cost more than all the rest."""
HIDDEN = ("hidden", "b_hidden", "c_hidden")


class View(PanelView):
    """The playground."""

    def build(self) -> None:
        """Make the parts."""
        self._frame: Frame | None = None
        self._params: PlaygroundParams | None = None
        self._look: PlaygroundLook | None = None
        self._units: list[int | None] = [None] * NETS
        self._line: list[Handles | None] = [None] * NETS
        self._dragging = False
        self._queue: list[QWidget] = []
        self._charted: dict[QWidget, float] = {}
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._draw_next)
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page = QWidget()
        self._scroll.setWidget(self._page)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._nets = [NetPane(self.theme, WORDS, self._page) for _ in range(NETS)]
        self._boards = [Board(self.theme, self._page) for _ in range(NETS)]
        self._confusions = [Heatmap(self.theme, self._page, title="Confusion matrix") for _ in range(NETS)]
        self._loss = Plot(self.theme, self._page, title="Loss by epoch")
        self._accuracy = Plot(self.theme, self._page, title="Accuracy by epoch")
        self._weights = Plot(self.theme, self._page, title="Weights")
        self._gradients = Plot(self.theme, self._page, title="Gradient norms by epoch")
        self._code = CodePane(self.theme, self._page)
        for plot in (self._loss, self._accuracy, self._gradients):
            plot.set_live(True)
            plot.hovered.connect(self._hovered)
        for widget in self._parts():
            # Until the first frame says how many networks there are, an empty page is truer than empty charts.
            widget.hide()
        self._links = [_Link(self, k) for k in range(NETS)]

    # Drawing

    def draw(self, frame: Frame, params: PlaygroundParams, look: PlaygroundLook) -> None:
        """Show a frame."""
        goes_on = self._goes_on(frame)
        self._frame, self._params, self._look = frame, params, look
        shown = self._wanted(frame, look)
        for widget in self._parts():
            widget.setVisible(widget in shown)
        self._arrange()
        for k in range(frame.nets):
            if self._nets[k] in shown:
                self._nets[k].show_frame(frame, k)
        waiting = [widget for widget in self._queue if widget in shown]
        self._queue = waiting + [widget for widget in self._in_turn() if widget in shown and widget not in waiting]
        if goes_on:
            self._later.start(SOON_MS)
        else:
            self._catch_up()

    def _goes_on(self, frame: Frame) -> bool:
        """Whether frames follow each other: then the parts are drawn one by one, so that the window stays quick."""
        before = self._frame
        return before is not None and 0 < before.epoch < frame.epoch and before.sizes == frame.sizes

    def _catch_up(self) -> None:
        """Draw every part that is still waiting."""
        self._later.stop()
        while self._queue:
            self._draw_part(self._queue.pop(0))

    def _draw_next(self) -> None:
        """Draw one waiting part; the others come when the window has had its turn, or when they are due."""
        rest = [self._rest(widget) for widget in self._queue]
        due = next((k for k, seconds in enumerate(rest) if seconds <= 0.0), None)
        if due is not None:
            self._draw_part(self._queue.pop(due))
            rest.pop(due)
        if self._queue:
            self._later.start(max(SOON_MS, round(1000 * min(rest))))

    def _rest(self, widget: QWidget) -> float:
        """Seconds until a waiting part may be drawn."""
        drawn = self._charted.get(widget)
        return 0.0 if drawn is None else max(0.0, drawn + CHARTS_SECONDS - time.monotonic())

    def _draw_part(self, widget: QWidget) -> None:
        frame, look = self._frame, self._look
        assert frame is not None and look is not None
        if not isinstance(widget, Board):
            self._charted[widget] = time.monotonic()
        if widget is self._loss:
            charts.show_loss(self._loss, frame, look)
        elif widget is self._accuracy:
            charts.show_accuracy(self._accuracy, frame)
        elif widget is self._weights:
            charts.show_weights(self._weights, frame)
        elif widget is self._gradients:
            charts.show_gradients(self._gradients, frame)
        elif widget is self._code:
            self._code.show_code(frame.code)
        elif isinstance(widget, Board):
            net = self._boards.index(widget)
            if net < frame.nets:
                self._draw_board(net)
        elif isinstance(widget, Heatmap):
            net = self._confusions.index(widget)
            if net < frame.nets and frame.confusion is not None:
                charts.show_confusion(widget, frame, net, look)

    def _draw_board(self, k: int) -> None:
        frame, look = self._frame, self._look
        assert frame is not None and look is not None
        unit = self._units[k]
        if unit is not None and unit >= frame.counts(k)[1]:
            unit = None
        board = self._boards[k]
        board.show_frame(frame, k, look, unit)
        if frame.line is not None and unit is None:
            line = board.handles("line", frame.line)
            if self._line[k] is None:
                self._line[k] = line
                line.moved.connect(self._line_moved)

    def _charts(self) -> tuple[QWidget, ...]:
        return (self._loss, self._accuracy, *self._confusions, self._weights, self._gradients, self._code)

    def _in_turn(self) -> tuple[QWidget, ...]:
        return (*self._boards, *self._charts())

    def _parts(self) -> tuple[QWidget, ...]:
        return (*self._nets, *self._in_turn())

    def _wanted(self, frame: Frame, look: PlaygroundLook) -> list[QWidget]:
        nets = range(frame.nets)
        out: list[QWidget] = []
        if "network" in look.panes:
            out += [self._nets[k] for k in nets]
        if "board" in look.panes:
            out += [self._boards[k] for k in nets]
        if "confusion" in look.panes and frame.confusion is not None:
            out += [self._confusions[k] for k in nets]
        single = {
            "loss": self._loss,
            "accuracy": self._accuracy,
            "weights": self._weights,
            "gradients": self._gradients,
            "code": self._code,
        }
        return out + [widget for name, widget in single.items() if name in look.panes]

    # Layout

    def _plan(self, width: int, height: int) -> Plan:
        visible = [widget for widget in self._parts() if not widget.isHidden()]
        pairs = [
            (net if net in visible else None, board if board in visible else None)
            for net, board in zip(self._nets, self._boards, strict=True)
            if net in visible or board in visible
        ]
        rest = [widget for widget in visible if widget not in self._nets and widget not in self._boards]
        return plan(pairs, rest, width, height, self.theme.text_px / 13)

    def _arrange(self) -> None:
        room = scroll_room(self._scroll, self.size(), lambda w, h: self._plan(w, h).height)
        made = self._plan(room.width(), room.height())
        self._page.resize(room.width(), max(made.height, room.height()))
        for widget, rect in made.places:
            widget.setGeometry(rect)

    def hasHeightForWidth(self) -> bool:
        """Where it is narrow the parts stand below each other: whoever hosts it should give it the room."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Pixels that everything needs at this width."""
        return self._plan(width, 0).height

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's hook."""
        super().resizeEvent(event)
        self._scroll.resize(self.size())
        self._arrange()

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Every part as vectors, at its place on a page as wide as ``rect``."""
        self._catch_up()
        made = self._plan(round(rect.width()), round(rect.height()))
        shrink = min(1.0, rect.height() / max(made.height, 1))
        painter.save()
        painter.translate(rect.topLeft())
        painter.scale(shrink, shrink)
        for widget, place in made.places:
            if isinstance(widget, NetPane | Plot | Heatmap):
                widget.paint_figure(painter, QRectF(place))
            else:
                self._paint_widget(painter, widget, place)
        painter.restore()
        return True

    def tables(self) -> list[Table]:
        """The numbers behind all parts, of the frame shown."""
        self._catch_up()
        return super().tables()

    def _paint_widget(self, painter: QPainter, widget: QWidget, place: QRect) -> None:
        before = widget.geometry()
        widget.setGeometry(place)
        painter.save()
        painter.translate(place.topLeft())
        widget.render(painter, QPoint())
        painter.restore()
        widget.setGeometry(before)

    # What is pointed at

    def _hovered(self, epoch: float | None) -> None:
        for plot in (self._loss, self._accuracy, self._gradients):
            plot.set_hover(epoch)
        self.point_at("" if epoch is None else "loss")

    def unit_pointed(self, net: int, unit: int | None) -> None:
        """Show a unit's own response large, while the pointer is on it."""
        self._units[net] = unit
        if self._frame is not None and not self._boards[net].isHidden():
            self._draw_board(net)

    # Wishes

    def unit_clicked(self, net: int, layer: int, unit: int) -> None:
        """Switch a unit off, or on again."""
        if self._params is None:
            return
        one = (float(net), float(layer), float(unit))
        now = self._params.off
        self.propose(off=tuple(v for v in now if v != one) if one in now else (*now, one))

    def weight_set(self, net: int, layer: int, source: int, target: int, value: float) -> None:
        """Set a weight."""
        if self._params is not None:
            edit = (float(net), float(layer), float(source), float(target), value)
            self.propose(edits=(*self._params.edits[-199:], edit))

    def layers_wanted(self, net: int, hidden: tuple[int, ...]) -> None:
        """Another shape."""
        self.propose(**{HIDDEN[net]: hidden})

    def activation_wanted(self, net: int, layer: int, name: str) -> None:
        """Another activation: of one layer of A, or of all of B; C has A's."""
        if self._params is None or self._frame is None:
            return
        if net == 1:
            self.propose(b_activation=name)
        elif net == 2:
            self.propose(activation=name)
        else:
            count = len(self._frame.sizes[0]) - 2
            own = [*(one.value for one in self._params.layer_activations), *["same"] * count][:count]
            own[layer] = name
            self.propose(layer_activations=tuple(own))

    def clicked(self, x: float, y: float) -> None:
        """Paint a point, or take painted ones away."""
        params, look = self._params, self._look
        if params is None or look is None or look.brush.value == "none":
            return
        if look.brush.value == "erase":
            kept = tuple(p for p in params.painted if (p[0] - x) ** 2 + (p[1] - y) ** 2 > ERASER**2)
            if kept != params.painted:
                self.propose(painted=kept)
        else:
            self.propose(painted=(*params.painted[-499:], (x, y, float(look.brush.value))))

    def _line_moved(self, move: HandleMove) -> None:
        if not self._dragging:
            self.begin_gesture()
            self._dragging = True
        a, b = move.points.tolist()
        self.propose(line=((a[0], a[1]), (b[0], b[1])))
        if move.done:
            self._dragging = False
            self.end_gesture()


class _Link(QObject):
    """Tells the view which network a signal is about."""

    def __init__(self, view: View, net: int) -> None:
        super().__init__(view)
        self._view, self._net = view, net
        pane, board = view._nets[net], view._boards[net]
        pane.unit_clicked.connect(self._unit_clicked)
        pane.weight_set.connect(self._weight_set)
        pane.layers_wanted.connect(self._layers_wanted)
        pane.activation_wanted.connect(self._activation_wanted)
        pane.unit_hovered.connect(self._unit_hovered)
        board.clicked.connect(view.clicked)

    def _unit_clicked(self, layer: int, unit: int) -> None:
        self._view.unit_clicked(self._net, layer, unit)

    def _weight_set(self, layer: int, source: int, target: int, value: float) -> None:
        self._view.weight_set(self._net, layer, source, target, value)

    def _layers_wanted(self, hidden: object) -> None:
        self._view.layers_wanted(self._net, hidden)  # type: ignore[arg-type]

    def _activation_wanted(self, layer: int, name: str) -> None:
        self._view.activation_wanted(self._net, layer, name)

    def _unit_hovered(self, unit: object) -> None:
        self._view.unit_pointed(self._net, unit)  # type: ignore[arg-type]
