"""Whether OpenGL works here. Asked once, by the app or by the first view."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext

_NO_GL_PLATFORMS = ("offscreen", "minimal", "vnc", "linuxfb")
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader", "gdi generic", "software")
GL_RENDERER = 0x1F01


@dataclass(frozen=True, slots=True)
class GLProbe:
    """``works``: OpenGL can be used. ``hardware``: by a graphics card, so edges may be smoothed at no cost.
    ``renderer``: the driver's name for itself. ``reason``: why it cannot be used, one sentence, else ""."""

    works: bool
    hardware: bool = False
    renderer: str = ""
    reason: str = ""

    @property
    def samples(self) -> int:
        """Samples a pixel worth asking for: a software driver pays for each with half its speed."""
        return 4 if self.hardware else 0


def probe_gl() -> GLProbe:
    """Make an OpenGL context once and ask who draws. Needs a QGuiApplication."""
    platform = QGuiApplication.platformName()
    if platform in _NO_GL_PLATFORMS:
        return GLProbe(False, reason=f"The {platform} display has no OpenGL.")
    context = QOpenGLContext()
    if not context.create():
        return GLProbe(False, reason="No OpenGL context could be created.")
    surface = QOffscreenSurface()
    surface.setFormat(context.format())
    surface.create()
    if not context.makeCurrent(surface):
        return GLProbe(False, reason="The OpenGL context could not be used.")
    try:
        answer = context.functions().glGetString(GL_RENDERER)
    finally:
        context.doneCurrent()
    renderer = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer or "")
    hardware = bool(renderer) and not any(name in renderer.lower() for name in _SOFTWARE)
    return GLProbe(True, hardware, renderer)
