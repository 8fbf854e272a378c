"""Commands of the menu Panel, Compare: pin as B, swap, unpin, the way both are shown, sweep."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from courseai_lab.app.actions import Command
from courseai_lab.app.compare import Compare
from courseai_lab.app.sweep import Sweeps

if TYPE_CHECKING:
    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.main_window import MainWindow

MENU = "Panel/Compare"


def commands(w: MainWindow) -> list[Command]:
    compare = w.features["Compare"]
    sweeps = w.features["Sweeps"]
    assert isinstance(compare, Compare) and isinstance(sweeps, Sweeps)

    def pinned() -> bool:
        return w.host is not None and w.host.pinned is not None

    def on(act: Callable[[PanelHost], None]) -> Callable[[], None]:
        def run() -> None:
            if w.host is not None:
                act(w.host)

        return run

    return [
        Command(
            "compare.pin",
            "Pin as B",
            on(compare.pin),
            MENU,
            "Ctrl+B",
            "pin",
            enabled=lambda: w.has_frame,
            hint="Keep this result in sight, and change something",
        ),
        Command("compare.swap", "Swap A and B", on(compare.swap), MENU, "Ctrl+Shift+B", enabled=pinned),
        Command("compare.mode", "Overlay or side by side", on(compare.switch_mode), MENU, "Ctrl+Alt+B", enabled=pinned),
        Command(
            "compare.sweep",
            "Sweep a parameter…",
            on(lambda host: _open_sweep(sweeps, host)),
            MENU,
            "Ctrl+Shift+R",
            "sliders",
            enabled=lambda: w.has_frame,
            hint="The picture for many values of one parameter, or two",
        ),
        Command("compare.unpin", "Unpin B", on(compare.unpin), MENU, enabled=pinned),
    ]


def _open_sweep(sweeps: Sweeps, host: PanelHost) -> None:
    sweeps.open(host)
