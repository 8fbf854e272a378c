"""Height fields in three dimensions: one description, drawn by OpenGL or in software.

A view makes a ``Scene`` of a ``Surface`` with paths, balls and arrows, and hands it to a ``SurfaceView``.
OpenGL and vispy are loaded when the first view is shown, not on import.
"""

from .camera import Camera
from .description import Arrow, AxesSpec, Ball, Contours, Label, Path, Scene, Surface, SurfaceColors
from .picking import BallPoint, SurfacePoint, pick_surface
from .pool import CanvasPool, install_pool
from .probe import GLProbe, probe_gl
from .software import paint_scene, scene_image
from .widget import SurfaceView

__all__ = [
    "Arrow",
    "AxesSpec",
    "Ball",
    "BallPoint",
    "Camera",
    "CanvasPool",
    "Contours",
    "GLProbe",
    "Label",
    "Path",
    "Scene",
    "Surface",
    "SurfaceColors",
    "SurfacePoint",
    "SurfaceView",
    "install_pool",
    "paint_scene",
    "pick_surface",
    "probe_gl",
    "scene_image",
]
