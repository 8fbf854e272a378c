"""A panel with every kind of parameter, for the tests of form and shell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from courseai_lab.contract import Axes, Color, FileKind, Formula, Mark, Matrix, Panel, Params, Points, Term, Text, Ui
from courseai_lab.ui.panel_view import PanelView

PANEL = Panel(
    id="demo",
    title="Momentum on a ravine",
    summary="A ball rolls down a narrow valley.",
    lessons=("1.4.2", "1.4.3", "1.4.5", "1.4.6"),
    series="fundamentals",
    timeline="steps",
)


class Surface(StrEnum):
    RAVINE = "ravine"
    BOWL = "bowl"
    SADDLE = "saddle"


class DemoParams(Params):
    """Every kind of parameter."""

    lr: Annotated[
        float,
        Field(gt=0, le=1),
        Ui(label="Learning rate", symbol=r"\eta", log=True, steer=True, help="How far one step goes"),
    ] = 1e-2
    momentum: Annotated[
        float, Field(ge=0, lt=1), Ui(symbol=r"\beta", steer=True, help="How much of the last step is kept")
    ] = 0.9
    steps: Annotated[int, Field(ge=1, le=5000), Ui(unit="steps", log=True)] = 200
    surface: Surface = Surface.RAVINE
    method: Annotated[
        Literal["heavy_ball", "nesterov", "adam", "adagrad", "rmsprop"],
        Ui(names={"adam": "Adam", "adagrad": "AdaGrad"}),
    ] = "heavy_ball"
    beta2: Annotated[
        float, Field(gt=0, lt=1), Ui(label="Second decay", symbol=r"\beta_2", when=("method", ("adam", "rmsprop")))
    ] = 0.999
    shown: Annotated[
        tuple[Literal["gradient", "velocity", "look_ahead"], ...],
        Ui(label="Arrows", names={"look_ahead": "look-ahead"}),
    ] = ("gradient",)
    clip: Annotated[bool, Ui(label="Clip gradients")] = False
    start: Annotated[tuple[float, float], Field(), Ui(label="Start", more=True)] = (-1.5, 1.0)
    free: Annotated[float, Ui(label="Offset", unit="m", more=True)] = 0.0
    limit: Annotated[float | None, Field(gt=0), Ui(label="Stop below", more=True)] = None
    note: Annotated[Text, Field(max_length=40), Ui(label="Title of the figure", more=True, group="Words")] = "Ravine"
    story: Annotated[Text, Ui(label="Text", multiline=True, more=True, group="Words")] = "The cat sat on the mat."
    own: Annotated[str, FileKind("image"), Ui(label="Own picture", more=True, group="Words")] = ""
    weights: Annotated[tuple[float, ...], Field(min_length=1, max_length=6), Ui(more=True, group="Arrays")] = (
        1.0,
        2.0,
        3.0,
    )
    mix: Annotated[
        Matrix, Field(min_length=2, max_length=2), Ui(label="Matrix", symbol="A", more=True, group="Arrays")
    ] = (
        (1.0, 0.0),
        (0.0, 1.0),
    )
    knots: Annotated[Points, Field(max_length=20), Ui(label="Points", more=True, group="Arrays")] = (
        (0.0, 0.0),
        (0.5, 0.25),
        (1.0, 1.0),
    )
    secret: Annotated[int, Field(ge=0, le=9), Ui(hidden=True)] = 0


class DemoLook(Params):
    """How it is drawn."""

    contours: Annotated[int, Field(ge=0, le=40)] = 12
    tint: Annotated[Color, Ui(label="Colour", more=True)] = "#2F5BEA"


@dataclass(frozen=True, slots=True)
class DemoFrame:
    """A path."""

    path: Annotated[np.ndarray, Axes("step xy")]
    loss: float


FORMULA = Formula(
    r"v_{t+1} = \term{momentum}{\beta}\, v_t - \term{lr}{\eta}\,\term{grad}{\nabla L(w_t)}"
    r" \qquad w_{t+1} = w_t + \term{velocity}{v_{t+1}}",
    (
        Term("momentum", "how much of the last step is kept"),
        Term("lr", "learning rate: how far one step goes"),
        Term("grad", "slope of the loss where the ball is", "gradient"),
        Term("velocity", "the step that is taken", "model"),
    ),
)


def formula(params: Any, look: Any) -> Formula:
    return FORMULA


def readings(frame: DemoFrame, params: DemoParams, look: DemoLook) -> dict[str, float | str]:
    return {"lr": params.lr, "momentum": params.momentum, "grad": frame.loss, "velocity": "(0.1, 0.2)"}


def marks(frame: DemoFrame, params: DemoParams) -> dict[str, tuple[Mark, ...]]:
    return {
        "lr": (Mark(0.2, "largest stable"),),
        "momentum": (Mark(0.5, "best"), Mark(0.52, "hidden by its neighbour")),
    }


def sentence(frame: DemoFrame, params: DemoParams, look: DemoLook) -> str:
    steps = len(frame.path)
    return f"After {steps} steps the loss is {frame.loss:.3g}; the ball swings across the ravine before it settles."


def frame(params: DemoParams) -> DemoFrame:
    t = np.linspace(0, 6, 120)
    path = np.stack([np.exp(-t / 4) * np.cos(3 * t), np.exp(-t / 3) * np.sin(3 * t) * 0.6], axis=1)
    return DemoFrame(path, 0.0123)


class Picture(QWidget):
    """Contours and a path."""

    def __init__(self, theme: Any) -> None:
        super().__init__()
        self.theme = theme
        self.path: np.ndarray | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Picture")

    def set_theme(self, theme: Any) -> None:
        self.theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self.theme.ground))
        centre = QPointF(self.rect().center())
        painter.setPen(QPen(QColor(self.theme.grid), 1))
        for k in range(1, 9):
            painter.drawEllipse(centre, k * self.width() / 18, k * self.height() / 26)
        if self.path is not None:
            painter.setPen(QPen(QColor(self.theme.role("model")), 2))
            points = [
                QPointF(centre.x() + x * self.width() / 2.3, centre.y() + y * self.height() / 2.3) for x, y in self.path
            ]
            painter.drawPolyline(QPolygonF(points))
        painter.end()


def hover(widget: QWidget, at: QPointF) -> None:
    """A move of the pointer, without the real one, whose own events would come at any time."""
    none = Qt.MouseButton.NoButton
    place = QPointF(widget.mapToGlobal(at.toPoint()))
    event = QMouseEvent(QEvent.Type.MouseMove, at, place, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


class DemoView(PanelView):
    """Draws the path."""

    def build(self) -> None:
        self.picture = Picture(self.theme)
        self.lit = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.picture)

    def draw(self, frame: Any, params: Any, look: Any) -> None:
        self.picture.path = frame.path
        self.picture.update()

    def highlight(self, name: str) -> None:
        self.lit = name
