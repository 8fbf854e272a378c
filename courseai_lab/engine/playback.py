"""Where in the timeline a panel stands, and how time moves it: play, speed, loop. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

MIN_SPEED, MAX_SPEED = 0.1, 10.0


@dataclass(slots=True)
class Playback:
    """``index`` is the frame to show, or None to follow the newest. ``fps`` is frames per second at speed 1."""

    fps: float
    playing: bool = False
    speed: float = 1.0
    loop: bool = False
    index: int | None = None
    _owed: float = 0.0

    def play(self, on: bool) -> None:
        """Start or stop the clock."""
        self.playing = on
        self._owed = 0.0

    def set_speed(self, speed: float) -> None:
        """Set the speed, held to 0.1x .. 10x."""
        self.speed = min(MAX_SPEED, max(MIN_SPEED, speed))

    def due(self, seconds: float) -> int:
        """How many whole frames the clock has earned in ``seconds`` of playing; the rest is carried on."""
        if not self.playing:
            return 0
        # A window that was away for long must not jump: at most a quarter of a second is made up.
        self._owed += min(seconds, 0.25) * self.fps * self.speed
        whole = int(self._owed)
        self._owed -= whole
        return whole
