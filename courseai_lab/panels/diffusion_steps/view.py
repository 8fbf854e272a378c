"""A picture on its way to noise and back: stages, stills of the way, one cell worked out, and curves over time."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from courseai_lab.contract import Selection, Step
from courseai_lab.panels.diffusion_steps.arithmetic import Arithmetic, lines
from courseai_lab.panels.diffusion_steps.cell import cell_of
from courseai_lab.panels.diffusion_steps.film_strip import FilmStrip
from courseai_lab.panels.diffusion_steps.stage_row import Stage, StageRow, noise_picture
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import PanelView
from courseai_lab.ui.plots import HandleMove, Plot
from courseai_lab.ui.tiles import Plan, Tiles

if TYPE_CHECKING:
    from courseai_lab.panels.diffusion_steps.frame import Frame
    from courseai_lab.panels.diffusion_steps.params import StepsLook, StepsParams

GAP = 8
LEAST = 170
NARROW = 640
TWO = 620
"""From this width on two plots stand side by side."""
FLOOR = 1e-6
ECHO_SECONDS = 1.5


class View(PanelView):
    """The panel's picture."""

    def build(self) -> None:
        """Make the parts of every page."""
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._frame: Frame | None = None
        self._params: StepsParams | None = None
        self._look: StepsLook | None = None
        self._needed = 0
        self._dragging = False
        self._told: Step | None = None
        self._recent: deque[tuple[float, int]] = deque(maxlen=64)
        self._tiles = Tiles(self._plan, self)
        page = self._tiles.page
        self._stages = StageRow(self.theme, page)
        self._film = FilmStrip(self.theme, page)
        self._sums = Arithmetic(self.theme, page)
        self._levels = Plot(self.theme, page, title="Weights of picture and noise by time")
        self._errors = Plot(self.theme, page, title="Error of the prediction")
        self._time: Any = None
        self._stages.picked.connect(self._pick)
        self._stages.pointed.connect(self.point_at)
        self._film.sought.connect(self.seek)
        self._film.branched.connect(self._branch)
        self._levels.clicked.connect(self._level_clicked)
        for part in (self._stages, self._film, self._sums, self._levels, self._errors):
            part.hide()

    # Drawing

    def draw(self, frame: Frame, params: StepsParams, look: StepsLook) -> None:
        """Show a frame on its page."""
        self._frame, self._params, self._look = frame, params, look
        cell = cell_of(frame, look)
        rows, columns, _ = frame.x.shape
        self._stages.show_stages(_stages(frame), (cell.row, cell.column), (rows, columns), frame.latent, look.smooth)
        wanted = params.branches if frame.page == "play" else 0
        self._film.show_frame(frame, wanted, params.branch_at, look.smooth)
        title = f"Worked out for {cell.name}"
        notes = (*frame.notes, *((frame.ability,) if frame.ability else ()))
        terms = 3 if frame.page == "play" and params.sampler.value == "ddpm" else 2
        shown = lines(frame, cell) if look.arithmetic else ()
        self._sums.show_lines(title if look.arithmetic else "", shown, notes, terms)
        self._draw_levels(frame)
        self._draw_errors(frame)
        self._tiles.arrange()
        needed = self._tiles.needed(self.width())
        if needed != self._needed:
            self._needed = needed
            self.updateGeometry()
        self._tell(frame)

    def _draw_levels(self, frame: Frame) -> None:
        plot, t = self._levels, np.arange(len(frame.signal))
        plot.begin()
        plot.set_axes("time t", "weight", x_range=(-0.02 * frame.last, 1.02 * frame.last), y_range=(-0.06, 1.12))
        plot.line("picture √ᾱ", t, frame.signal, role="data")
        plot.line("noise √(1−ᾱ)", t, frame.noise, role="noise")
        snr = (frame.alpha / frame.sigma) ** 2
        plot.vline("now", float(frame.t), label=f"SNR {fmt(snr)}", color="accent", dash="solid")
        if self._time is None or not self._time.dragging:
            handles = plot.handles("time", [[float(frame.t), 0.0]], constrain=_along)
            if self._time is None:
                self._time = handles
                handles.moved.connect(self._time_moved)
        else:
            self._time.used = True
        plot.end()

    def _draw_errors(self, frame: Frame) -> None:
        plot = self._errors
        plot.begin()
        if frame.counts is not None and frame.count_error is not None and frame.count_away is not None:
            self._draw_counts(plot, frame.counts, frame.count_error, frame.count_away, frame.index)
        elif frame.level_t is not None:
            self._draw_targets(plot, frame)
        else:
            plot.set_axes("time t", "mean (ε̂ − ε)²", y_log=True, x_range=(0.0, float(frame.last)),
                          y_range=(FLOOR, 10.0))  # fmt: skip
            assert frame.forward_t is not None and frame.forward_error is not None
            error = np.maximum(frame.forward_error, FLOOR)
            plot.line("error of the predicted noise", frame.forward_t, error, role="loss")
            if frame.phase == "forward":
                plot.scatter("now", [float(frame.t)], [max(frame.error, FLOOR)], role="loss", size=9.0)
            if frame.forward_error.min(initial=1.0) < FLOOR:
                plot.hline("floor", FLOOR, label="less than this")
        plot.end()

    def _draw_targets(self, plot: Plot, frame: Frame) -> None:
        assert frame.error_eps is not None and frame.error_x0 is not None and frame.error_v is not None
        assert frame.level_t is not None
        plot.set_axes("time t", "mean squared error", y_log=True, x_range=(0.0, float(frame.last)),
                      y_range=(FLOOR, 10.0))  # fmt: skip
        curves = (("noise ε", frame.error_eps, "noise"), ("picture x₀", frame.error_x0, "data"),
                  ("v, the sum", frame.error_v, "gradient"))  # fmt: skip
        for name, values, role in curves:
            plot.line(name, frame.level_t, np.maximum(values, FLOOR), role=role)
        low = min(float(values.min(initial=1.0)) for _, values, _ in curves)
        if low < FLOOR:
            plot.hline("floor", FLOOR, label="less than this")
        plot.vline("t", float(frame.t), label=f"t = {frame.t}", color="accent")

    def _draw_counts(self, plot: Plot, counts: np.ndarray, error: np.ndarray, away: np.ndarray, index: int) -> None:
        done, most = np.arange(len(counts)) <= index, float(counts[-1])
        top = 1.1 * max(0.3, float(np.nanmax(error)))
        plot.set_axes("steps", "rms difference", x_log=True, x_range=(0.9, 1.15 * max(most, 2.0)),
                      y_range=(-0.02, top))  # fmt: skip
        plot.line("from the finest way", counts[done], error[done], role="loss")
        plot.scatter("_finest", counts[done], error[done], role="loss", size=8.0)
        seen = done & ~np.isnan(away)
        if seen.any():
            plot.line("from the nearest known picture", counts[seen], away[seen], role="data")
            plot.scatter("_nearest", counts[seen], away[seen], role="data", size=7.0)
        plot.vline("now", float(counts[index]), label=f"{counts[index]}", color="accent")

    def highlight(self, name: str) -> None:
        """The arithmetic lights the line of a term."""
        self._sums.light(name)

    # Layout

    def _plan(self, width: int, height: int) -> Plan:
        frame = self._frame
        if frame is None:
            return Plan((), 0)
        scale = min(self.theme.scale, 1.6)
        narrow = width < NARROW * scale
        least = round(LEAST * scale)
        film = self._film.needed(width)
        shown = bool(frame.notes or self._look is None or self._look.arithmetic)
        parts: list[QWidget] = [self._sums] if shown else []
        plots = [self._levels, self._errors] if frame.page == "play" else [self._errors, self._levels]
        text_width = width if narrow else round(width * (0.62 if frame.page == "play" else 0.47))
        text = self._sums.needed(text_width) if shown else 0
        below = least * 2 + text + 2 * GAP if narrow else max(least, text)
        stage = self._stages.needed(width, max(0.30 * height, height - film - below - 2 * GAP) if height else 0)
        places = [(self._stages, QRect(0, 0, width, stage)), (self._film, QRect(0, stage, width, film))]
        y = stage + film + GAP
        if narrow:
            for part, tall in [*((p, text) for p in parts), *((plot, least) for plot in plots)]:
                places.append((part, QRect(0, y, width, tall)))
                y += tall + GAP
            return Plan(tuple(places), y)
        tall = max(below, height - y)
        x = 0
        if shown:
            places.append((self._sums, QRect(0, y, text_width, tall)))
            x = text_width
        room = width - x
        if room < TWO * scale:
            places.append((plots[0], QRect(x, y, room, tall)))
        else:
            first = room // 2 if frame.page == "play" else round(room * 0.64)
            places.append((plots[0], QRect(x, y, first, tall)))
            places.append((plots[1], QRect(x + first, y, room - first, tall)))
        return Plan(tuple(places), y + below)

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
        """Every part as vectors where it can."""
        return self._tiles.paint_parts(painter, rect)

    # Others, and wishes

    def _tell(self, frame: Frame) -> None:
        """Say which time is looked at, once for each."""
        step = Step("diffusion", frame.t, frame.t / frame.last)
        if step != self._told:
            self._told = step
            self._recent.append((time.monotonic(), step.index))
            self.publish(step)

    def follow(self, selection: Selection) -> None:
        """Go to the frame nearest to another panel's time; what is only an echo of the own way is left alone."""
        frame = self._frame
        if frame is None or not isinstance(selection, Step) or selection.of != "diffusion" or frame.phase == "count":
            return
        now = time.monotonic()
        if any(selection.index == index and now - when < ECHO_SECONDS for when, index in self._recent):
            return
        wanted = frame.frame_at(selection.share)
        if wanted != frame.index:
            self.seek(wanted)

    def _pick(self, row: float, column: float) -> None:
        self.propose_look(row=round(row, 4), column=round(column, 4))

    def _branch(self, share: float, done: bool) -> None:
        if not self._dragging:
            self.begin_gesture()
            self._dragging = True
        more = {"branches": 1} if self._params is not None and self._params.branches == 0 else {}
        self.propose(branch_at=min(max(share, 0.0), 1.0), **more)
        if done:
            self._dragging = False
            self.end_gesture()

    def _level_clicked(self, x: float, y: float) -> None:
        self._go(x)

    def _time_moved(self, move: HandleMove) -> None:
        self._go(move.x)

    def _go(self, t: float) -> None:
        frame = self._frame
        if frame is not None and frame.phase != "count":
            self.seek(frame.frame_at(min(max(t / frame.last, 0.0), 1.0)))


def _along(index: int, x: float, y: float, points: np.ndarray) -> tuple[float, float]:
    """The handle of the time stays on the axis."""
    return x, float(points[index, 1])


def _stages(frame: Frame) -> tuple[Stage, ...]:
    """The pictures of this moment, with their names."""
    x, x0, x_next = frame.pictures
    true, eps = (noise_picture(values, frame.latent) for values in (frame.true, frame.eps))
    back = frame.phase == "reverse"
    channels = "4 latent channels" if frame.latent else "−3 to 3"
    way = "from the first picture" if back else channels
    start = Stage(x, f"x at t = {frame.t}", "decoded" if frame.latent else "what there is", "text", "xt")
    noises = (
        Stage(true, "ε, true noise", way, "noise", "eps", True),
        Stage(eps, "ε̂, predicted noise", channels, "model", "eps_hat", True),
    )
    guess = Stage(x0, "x̂₀, predicted picture", "decoded" if frame.latent else "noise taken away", "model", "x0_hat")
    if frame.phase == "count":
        assert frame.counts is not None
        n = int(frame.counts[frame.index])
        last = Stage(x_next, f"after {n} step" + "s" * (n > 1), f"DDIM from t = {frame.start}", "accent", "x_next")
        return (start, *noises, Stage(x0, "x̂₀, one big step", "mean of the possible", "model", "x0_hat"), last)
    if frame.phase == "level":
        return (start, *noises, guess)
    where = "clean" if frame.t_next < 0 else f"at t = {frame.t_next}"
    return (
        start,
        *noises,
        guess,
        Stage(x_next, f"next x, {where}", "decoded" if frame.latent else "one step back", "accent", "x_next"),
    )
