"""A and B: a pinned result beside, or behind, the one that is worked on. Works for any panel, with no code in it."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from courseai_lab.app.history import History
    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.contract import Patch, State
    from courseai_lab.ui.compare_bar import Difference, Mode

MOSTLY_LINES = 0.45
"""From this share of the picture in plots with lines, B is shown as an overlay unless the user wants otherwise."""


class Compare(QObject):
    """Pins, swaps and unpins; what is pinned is the host's (``PanelHost.pinned``), so that files can keep it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._pairs: dict[PanelHost, Pair] = {}
        window.panel_opened.connect(self._opened)
        window.panel_closed.connect(self._closed)

    def pair(self, host: PanelHost) -> Pair | None:
        """What shows a panel's B, while there is one."""
        return self._pairs.get(host)

    def pin(self, host: PanelHost) -> None:
        """Pin what the panel shows now as B."""
        before, after = host.pinned, host.session.snapshot().to_json()
        host.set_pinned(after)
        self._history.pinned(host, before, after, "Pin as B")

    def unpin(self, host: PanelHost) -> None:
        """Compare with nothing."""
        before = host.pinned
        if before is not None:
            host.set_pinned(None)
            self._history.pinned(host, before, None, "Unpin B")

    def swap(self, host: PanelHost) -> None:
        """B becomes what is worked on, and A is pinned: one step of the history."""
        before, now = host.pinned, host.session.snapshot().to_json()
        if before is None:
            return
        words = "Swap A and B"
        with self._history.together():
            host.set_pinned(now)
            self._history.pinned(host, before, now, words)
            host.load_json(before, words)

    def switch_mode(self, host: PanelHost) -> None:
        """Overlay or side by side: the other one."""
        pair = self._pairs.get(host)
        if pair is not None:
            pair.show_as("beside" if pair.mode == "overlay" else "overlay")

    @property
    def _history(self) -> History:
        from courseai_lab.app.history import History

        feature = self._window.features["History"]
        assert isinstance(feature, History)
        return feature

    def _opened(self, host: PanelHost) -> None:
        host.pinned_changed.connect(lambda: self._follow(host))
        if host.pinned is not None:
            self._follow(host)

    def _closed(self, host: PanelHost) -> None:
        pair = self._pairs.pop(host, None)
        if pair is not None:
            pair.close()

    def _follow(self, host: PanelHost) -> None:
        pair = self._pairs.get(host)
        host.shell.top.set_pinned(host.pinned is not None)
        if host.pinned is None:
            if pair is not None:
                del self._pairs[host]
                pair.close()
        elif pair is not None:
            pair.show_b(host.pinned)
        else:
            pair = self._pairs[host] = Pair(self._window, host)
            pair.bar.swap_asked.connect(lambda: self.swap(host))
            pair.bar.unpin_asked.connect(lambda: self.unpin(host))
            pair.show_b(host.pinned)


class Pair(QObject):
    """One panel's B: a second session at the pinned state, kept in step, and a second view of the panel."""

    def __init__(self, window: MainWindow, host: PanelHost) -> None:
        super().__init__(host)
        from courseai_lab.ui.compare_bar import Beside, CompareBar
        from courseai_lab.ui.panel_view import ViewSettings

        self.host = host
        self.mode: Mode | None = None
        self.session: Any = None
        self._chosen = False
        self._engine = window.engine
        stage, theme = host.shell.stage, host.shell.theme
        self.view = host.panel.view()(ViewSettings(theme, host.view.opengl))
        self.view.setAccessibleName(f"B, pinned: {host.panel.title}")
        self.beside = Beside("B   pinned", self.view, theme, stage)
        self.beside.hide()
        self.bar = CompareBar(theme, stage)
        self._restore = QTimer(self)
        self._restore.setSingleShot(True)
        self._restore.timeout.connect(self._draw)
        host.session.visible_changed.connect(self._seen)
        self.bar.mode_chosen.connect(self._choose)
        self.view.proposed.connect(self._refuse)
        self.view.sought.connect(host.session.seek)
        host.drawn.connect(self._follow)
        host.state_changed.connect(self._say_differences)
        stage.set_bar(self.bar)

    def show_b(self, pinned: Mapping[str, Any]) -> None:
        """Compare with this state; it is valid, the host has looked."""
        from courseai_lab.contract.state import state_from_json

        state, a = state_from_json(self.host.panel, pinned), self.host.session
        if self.session is not None:
            self._engine.close_session(self.session)
        steps = self.host.panel.timeline == "steps"
        self.session = self._engine.open(self.host.panel, replace(state, frame=max(0, a.index) if steps else None))
        self.session.play(False)
        self.session.frame_changed.connect(self._draw)
        self.session.failed.connect(self._fail)
        self.session.recovered.connect(lambda: self.bar.show_trouble(""))
        self.session.set_visible(a.visible)
        self._state = state
        self._say_differences()
        if a.frame is not None and a.state.same_run(state) and not a.waiting_for_frame:
            # Just pinned: what is on screen is what B will compute, so it need not be waited for.
            self._show(a.frame)

    def show_as(self, mode: Mode) -> None:
        """Overlay or side by side."""
        from courseai_lab.ui.plots.behind import has_lines

        overlay = has_lines(self.view)
        self.mode = mode if overlay else "beside"
        self.bar.show_mode(self.mode, overlay)
        self.host.shell.stage.set_second(self.beside if self.mode == "beside" else None)
        self._lay_behind()

    def close(self) -> None:
        """Take B off the panel."""
        from courseai_lab.ui.plots.behind import show_behind

        self.host.session.visible_changed.disconnect(self._seen)
        self.host.drawn.disconnect(self._follow)
        self.host.state_changed.disconnect(self._say_differences)
        if self.session is not None:
            self._engine.close_session(self.session)
        show_behind(self.host.view, None)
        stage = self.host.shell.stage
        stage.set_bar(None)
        stage.set_second(None)
        for widget in (self.bar, self.beside):
            widget.setParent(None)
            widget.deleteLater()
        self.deleteLater()

    def _follow(self) -> None:
        """A shows another frame: B the one of the same step."""
        if self.host.panel.timeline == "steps" and self.session.index != self.host.session.index:
            self.session.follow(self.host.session.index)
        if self.mode == "overlay":
            self._lay_behind()

    def _draw(self) -> None:
        if self.session.frame is not None and not self.session.waiting_for_frame:
            self._show(self.session.frame)

    def _show(self, frame: Any) -> None:
        state: State = self._state
        self.view.resize(self.host.view.size())
        try:
            self.view.show_frame(frame, state.current, state.look)
        except Exception as error:
            traceback.print_exc()
            self.bar.show_trouble(f"this picture could not be drawn ({type(error).__name__}).")
            return
        if not self._chosen:
            self._choose_by_itself()
        self._lay_behind()

    def _choose_by_itself(self) -> None:
        from courseai_lab.ui.plots.behind import share_of_lines

        view = self.host.view
        self.show_as("overlay" if share_of_lines(view) >= MOSTLY_LINES else "beside")
        self._chosen = view.isVisible()

    def _choose(self, mode: Mode) -> None:
        self._chosen = True
        self.show_as(mode)

    def _lay_behind(self) -> None:
        from courseai_lab.ui.plots.behind import show_behind

        show_behind(self.host.view, self.view if self.mode == "overlay" else None)

    def _seen(self, seen: bool) -> None:
        if self.session is not None:
            self.session.set_visible(seen)

    def _fail(self, sentence: str, _report: str) -> None:
        self.bar.show_trouble(sentence)

    def _refuse(self, patch: Patch) -> None:
        """B is not worked on: what was dragged goes back, and a display setting is A's."""
        if patch.look and not patch.params and not patch.seeds:
            self.host.session.propose(patch)
        else:
            self.host.said.emit("B is pinned. Swap A and B to change it.")
        self._restore.start(0)

    def _say_differences(self) -> None:
        self.bar.show_differences(differences(self.host.session.state, self._state))


def differences(a: State, b: State) -> list[Difference]:
    """Every parameter, seed and display setting that differs, both values in a few letters, those that apply first."""
    from courseai_lab.contract import fields
    from courseai_lab.contract.ctx import STREAM_WORDS, STREAMS
    from courseai_lab.engine.store import short_value
    from courseai_lab.ui.compare_bar import Difference

    out: list[Difference] = []
    late: list[Difference] = []
    for mine, other in ((a.current, b.current), (a.look, b.look)):
        for spec in fields(type(mine)):
            values = getattr(mine, spec.name), getattr(other, spec.name)
            if values[0] != values[1]:
                applies = spec.shown(mine) or spec.shown(other)
                words = (short_value(spec, value) for value in values)
                (out if applies else late).append(Difference(spec.label, *words))
    for stream in STREAMS:
        seeds = getattr(a.seeds, stream), getattr(b.seeds, stream)
        if seeds[0] != seeds[1]:
            out.append(Difference(f"{STREAM_WORDS[stream]} seed", str(seeds[0]), str(seeds[1])))
    return out + late
