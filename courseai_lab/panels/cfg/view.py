"""Guidance exactly in the plane, on pictures, at one step and as a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from courseai_lab.panels.cfg.gallery import Gallery
from courseai_lab.panels.cfg.maps import PlaneMap, beyond
from courseai_lab.panels.cfg.prompt_box import PromptBox
from courseai_lab.panels.cfg.step_page import StepPage
from courseai_lab.panels.cfg.trade import Trade
from courseai_lab.ui.numbers import fmt
from courseai_lab.ui.panel_view import PanelView
from courseai_lab.ui.theme import text_font
from courseai_lab.ui.tiles import Plan, Tiles

if TYPE_CHECKING:
    from courseai_lab.panels.cfg.frame import Frame
    from courseai_lab.panels.cfg.params import CfgLook, CfgParams

GAP = 8
NARROW = 620
MOST_TEXT = 200
FLOW_MS, FLOW_STEPS = 40, 40
Places = list[tuple[QWidget, QRect]]


class View(PanelView):
    """The guidance panel."""

    def build(self) -> None:
        """Make the parts of all pages."""
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._frame: Frame | None = None
        self._params: CfgParams | None = None
        self._needed = 0
        self._typing = ""
        self._tiles = Tiles(self._plan, self)
        page = self._tiles.page
        self._prompt = PromptBox(self.theme, page, "Prompt", "Prompt: what is asked for", MOST_TEXT)
        self._negative = PromptBox(self.theme, page, "Negative prompt", "Negative prompt: empty for none", MOST_TEXT)
        self._note, self._honest, self._stage = (self._label(page) for _ in range(3))
        self._pictures = Gallery(self.theme, page, "Pictures")
        self._grid = Gallery(self.theme, page, "X/Y grid")
        self._trade = Trade(self.theme, page)
        self._step = StepPage(self.theme, page)
        self._flow = PlaneMap(self.theme, page, "Samples flowing")
        self._learned = PlaneMap(self.theme, page, "Samples flowing by estimated scores")
        self._fields = {
            "without": PlaneMap(self.theme, page, "Score without the class"),
            "with": PlaneMap(self.theme, page, "Score with the class"),
            "guided": PlaneMap(self.theme, page, "Guided score"),
        }
        self._names = [self._label(page) for _ in range(5)]
        self._play = QPushButton("Watch the samples flow", page)
        self._play.hide()
        self._clock = QTimer(self)
        self._clock.setInterval(FLOW_MS)
        self._at = 0
        self._connect()

    def _label(self, page: QWidget) -> QLabel:
        label = QLabel(page)
        label.setWordWrap(True)
        label.setContentsMargins(4, 0, 4, 0)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.hide()
        return label

    def _connect(self) -> None:
        self._prompt.typed.connect(lambda text: self._typed("prompt", text))
        self._negative.typed.connect(lambda text: self._typed("negative", text))
        for box in (self._prompt, self._negative):
            box.left.connect(self._stop_typing)
        self._pictures.clicked.connect(self._open_picture)
        self._grid.clicked.connect(self._open_cell)
        self._trade.wanted.connect(lambda scale: self.propose(scale=scale))
        self._step.wanted.connect(lambda step: self.propose(step=step))
        self._play.clicked.connect(self._start_flow)
        self._clock.timeout.connect(self._advance)

    # Drawing

    def draw(self, frame: Frame, params: CfgParams, look: CfgLook) -> None:
        """Show a frame on its page."""
        self._frame, self._params = frame, params
        for box, text in ((self._prompt, params.prompt), (self._negative, params.negative)):
            box.set_words(frame.vocabulary)
            box.show_text(text)
        self._write(self._note, frame.note, self.theme.warning)
        self._write(self._honest, frame.honest, self.theme.muted)
        self._write(self._stage, frame.stage, self.theme.muted)
        if frame.page == "exact":
            self._draw_plane(frame, params, look)
        elif frame.page == "pictures":
            assert frame.pictures is not None
            self._pictures.show_pictures(frame.pictures, _verdicts(frame) if look.judged else ())
            self._trade.show_frame(frame, params)
        elif frame.page == "mechanism":
            self._step.show_frame(frame, params)
        else:
            assert frame.cells is not None
            self._grid.show_pictures(
                frame.cells, done=frame.cell_done, rows=frame.row_names, columns=frame.column_names
            )
        if frame.page != "exact":
            self._clock.stop()
        self._tiles.arrange()
        needed = self._tiles.needed(self.width())
        if needed != self._needed:
            self._needed = needed
            self.updateGeometry()

    def _write(self, label: QLabel, text: str, color: str) -> None:
        label.setFont(text_font(self.theme, self.theme.caption_px))
        label.setStyleSheet(f"color: {color}; font-size: {self.theme.caption_px}px")
        if label.text() != text:
            label.setText(text)

    def _draw_plane(self, frame: Frame, params: CfgParams, look: CfgLook) -> None:
        assert frame.path is not None
        self._flow.show_flow(frame, look, frame.path, look.arrows.value, None)
        if frame.learned_path is not None:
            self._learned.show_flow(frame, look, frame.learned_path, "none", frame.examples)
        for name, part in self._fields.items():
            part.show_field(frame, look, name)
        self._trade.show_frame(frame, params)
        out = beyond(frame.path)
        gone = f"; {out} of {frame.path.shape[1]} end beyond the map" if out else ""
        texts = (
            f"Exact scores. Triangles: samples; blue: the true class {frame.wanted}; small grey: the others{gone}",
            "" if frame.learned_path is None else _of_learned(frame, params),
            f"score of {frame.away}",
            f"score of class {frame.wanted}",
            "guided: u + w (c − u)",
        )
        colors = (self.theme.text, self.theme.text, *(self.theme.role(role) for role in ("noise", "data", "model")))
        for label, text, color in zip(self._names, texts, colors, strict=True):
            self._write(label, text, color)

    # Layout

    def _plan(self, width: int, height: int) -> Plan:
        frame = self._frame
        if frame is None:
            return Plan((), 0)
        px = self.theme.text_px / 13
        narrow = width < NARROW * min(px, 1.5)
        places: Places = []
        top = self._plan_head(places, frame, width, narrow)
        room = QRect(0, top, width, max(height - top, 0))
        if frame.page == "exact":
            used = self._plan_plane(places, frame, room, narrow, px)
        elif frame.page == "pictures":
            used = self._plan_pictures(places, room, narrow, px)
        elif frame.page == "mechanism":
            more, used = self._step.plan(room, narrow, px)
            places.extend(more)
        else:
            least = round((64 if narrow else 84) * px)
            used = max(self._grid.needed(width, least), room.height())
            places.append((self._grid, QRect(0, top, width, used)))
            used = self._grid.needed(width, least)
        return Plan(tuple(places), top + used)

    def _plan_head(self, places: Places, frame: Frame, width: int, narrow: bool) -> int:
        """Prompts and sentences; where the page begins."""
        top = 0
        if frame.page != "exact":
            tall = self._prompt.high()
            # Rows of prompts have prompts of their own, in the form.
            alone = self._params is not None and frame.page == "grid" and self._params.rows.value == "prompt"
            if alone:
                places.append((self._negative, QRect(0, top, width, tall)))
                top += tall + GAP // 2
            elif narrow:
                for box in (self._prompt, self._negative):
                    places.append((box, QRect(0, top, width, tall)))
                    top += tall + GAP // 2
            else:
                first = round(0.6 * (width - GAP))
                places.append((self._prompt, QRect(0, top, first, tall)))
                places.append((self._negative, QRect(first + GAP, top, width - first - GAP, tall)))
                top += tall + GAP // 2
        for label in (self._note, self._honest):
            if label.text():
                label.ensurePolished()
                tall = label.heightForWidth(width)
                places.append((label, QRect(0, top, width, tall)))
                top += tall + GAP // 2
        return top

    def _plan_pictures(self, places: Places, room: QRect, narrow: bool, px: float) -> int:
        line = self._line(self._stage, room.width())
        if narrow:
            tall = self._pictures.needed(room.width(), max(round(80 * px), (room.width() - 8) // 3))
            places.append((self._pictures, QRect(0, room.y(), room.width(), tall)))
            places.append((self._stage, QRect(0, room.y() + tall, room.width(), line)))
            top = room.y() + tall + line + GAP
            below = QRect(0, top, room.width(), round(450 * px))
            places.extend(self._trade.stacked(below))
            return below.bottom() + 1 - room.y()
        side = min(round(0.4 * room.width()), round(420 * px))
        wide = room.width() - side - GAP
        need = max(self._pictures.needed(wide, round(110 * px)) + line, round(360 * px))
        tall = max(need, room.height())
        places.append((self._pictures, QRect(0, room.y(), wide, tall - line)))
        places.append((self._stage, QRect(0, room.y() + tall - line, wide, line)))
        places.extend(self._trade.stacked(QRect(wide + GAP, room.y(), side, tall)))
        return need

    def _line(self, label: QLabel, width: int) -> int:
        label.ensurePolished()
        return max(label.heightForWidth(width), 0) if label.text() else 0

    def _plan_plane(self, places: Places, frame: Frame, room: QRect, narrow: bool, px: float) -> int:
        two = frame.learned_path is not None
        side = room.width() if narrow else min(round(0.36 * room.width()), round(400 * px))
        wide = room.width() if narrow else room.width() - side - GAP
        self._play.ensurePolished()
        wanted = self._play.sizeHint()
        button, press = wanted.height(), min(wanted.width() + 16, wide // 2)
        small = min(round(190 * px), max((wide - 2 * GAP) // 3, 60)) + self._line(self._names[4], wide // 3)
        least = min(round(360 * px), max(room.width(), 1)) if narrow else round(230 * px)
        big = least if narrow else max(room.height() - button - small - 2 * GAP, least)
        top = room.y()
        top += self._pair_of_maps(places, QRect(0, top, wide, big), two)
        places.append((self._play, QRect(0, top, press, button)))
        stage = QRect(press + GAP, top, wide - press - GAP, button)
        places.append((self._stage, stage))
        top += button + GAP
        each = (wide - 2 * GAP) // 3
        for k, part in enumerate(self._fields.values()):
            line = self._line(self._names[k + 2], each)
            places.append((self._names[k + 2], QRect(k * (each + GAP), top, each, line)))
            places.append((part, QRect(k * (each + GAP), top + line, each, small - line)))
        top += small
        need = top - room.y()
        if narrow:
            below = QRect(0, top + GAP, wide, round(430 * px))
            places.extend(self._trade.stacked(below))
            return below.bottom() + 1 - room.y()
        places.extend(self._trade.stacked(QRect(wide + GAP, room.y(), side, need)))
        return least + button + small + 2 * GAP if need <= room.height() else need

    def _pair_of_maps(self, places: Places, rect: QRect, two: bool) -> int:
        """The exact flow, and the estimated one beside it; the height used."""
        wide = (rect.width() - GAP) // 2 if two else rect.width()
        shown = ((self._flow, self._names[0]), (self._learned, self._names[1]))[: 2 if two else 1]
        line = max(self._line(label, wide) for _, label in shown)
        for k, (part, label) in enumerate(shown):
            x = k * (wide + GAP)
            places.append((label, QRect(x, rect.y(), wide, line)))
            places.append((part, QRect(x, rect.y() + line, wide, rect.height() - line)))
        return rect.height() + GAP

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

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt's hook."""
        self._end_flow()
        super().hideEvent(event)

    def paint_figure(self, painter: QPainter, rect: QRectF) -> bool:
        """Every part as vectors."""
        return self._tiles.paint_parts(painter, rect)

    # Wishes

    def _typed(self, name: str, text: str) -> None:
        if self._typing != name:
            self.begin_gesture()
            self._typing = name
        self.propose(**{name: text})

    def _stop_typing(self) -> None:
        if self._typing:
            self._typing = ""
            self.end_gesture()

    def _open_picture(self, k: int) -> None:
        """Take a picture apart."""
        self.propose(page="mechanism", image=k + 1)

    def _open_cell(self, k: int) -> None:
        """Make a cell of the grid the state."""
        frame, params = self._frame, self._params
        if frame is None or params is None or frame.cell_done is None or frame.page != "grid":
            return
        row, column = divmod(k, frame.cell_done.shape[1])
        if row >= len(frame.row_names) or column >= len(params.columns):
            return
        name = frame.row_names[row]
        change: dict[str, object] = {"page": "pictures", "scale": params.columns[column]}
        if params.rows.value == "seed":
            change["seed"] = min(params.seed + row, 9999)
        elif params.rows.value == "steps":
            change["steps"] = int(name.split()[0])
        else:
            change["prompt"] = name
        self.propose(**change)

    def _start_flow(self) -> None:
        """Let the moment run from noise to data, one undo step."""
        self._end_flow()
        self.begin_gesture()
        self._at = 0
        self._clock.start()

    def _advance(self) -> None:
        self.propose_look(moment=self._at / FLOW_STEPS)
        self._at += 1
        if self._at > FLOW_STEPS:
            self._end_flow()

    def _end_flow(self) -> None:
        if self._clock.isActive():
            self._clock.stop()
            self.end_gesture()


def _verdicts(frame: Frame) -> list[str]:
    """What the judge finds wrong in each picture."""
    if frame.verdicts is None:
        return [" "] * (0 if frame.pictures is None else len(frame.pictures))
    names = ("number", "colour", "shape")
    wrong = ([name for name, mark in zip(names, row, strict=True) if not mark] for row in frame.verdicts)
    return ["✓ as asked" if not row else "✗ nothing" if len(row) == 3 else f"✗ {', '.join(row)}" for row in wrong]


def _of_learned(frame: Frame, params: CfgParams) -> str:
    assert frame.learned_agreement is not None and frame.learned_diversity is not None
    assert frame.learned_excess is not None
    return (
        f"Scores estimated from {params.learned} examples a class: {fmt(100 * frame.learned_agreement, 2)} % in class "
        f"{frame.wanted}, spread {fmt(frame.learned_diversity)}, {fmt(100 * frame.learned_excess, 2)} % off it"
    )
