"""Draws a scene with OpenGL. Imported only once a view has found OpenGL to work: vispy takes its time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPoint, QRect, QSize, qInstallMessageHandler
from PySide6.QtGui import QImage, QOpenGLContext, QResizeEvent
from PySide6.QtOpenGL import QOpenGLFramebufferObject
from vispy import app, gloo

from . import shaders
from .camera import FAR, NEAR, Camera
from .description import RGBA, Scene, Surface, SurfaceColors, rgba
from .geometry import Box, Lines, axes_lines, box_of, frame_key, mark_lines
from .grid import grid_triangles, grid_vertices, padded
from .luts import LUT_SIZE, lookup_table
from .style import CONTOUR_WIDTH, EDGE_WIDTH, GHOST, HALO_INK, HALO_WIDTH, HATCH, LINE_PULL

_COLOR, _DEPTH, _NEAREST = 0x4000, 0x0100, 0x2600
_CORNERS = np.array([[0, -1], [1, -1], [1, 1], [0, -1], [1, 1], [0, 1]], dtype=np.float32)
_CORNER, _FLOAT = ("a_corner", "f4", (2,)), "f4"
_SEGMENT = np.dtype(
    [("a_start", _FLOAT, (3,)), ("a_end", _FLOAT, (3,)), ("a_color", _FLOAT, (4,)), ("a_width", _FLOAT, (2,)), _CORNER]
)
_BALL = np.dtype([("a_center", _FLOAT, (3,)), ("a_color", _FLOAT, (4,)), ("a_radius", _FLOAT), _CORNER])
_SQUARE = np.array([[-1, -1], [1, -1], [1, 1], [-1, -1], [1, 1], [-1, 1]], dtype=np.float32)


class SurfaceMesh:
    """The height field on the GPU: static grid and indices, one buffer of heights."""

    def __init__(self, uploads: Counter[str]) -> None:
        self._uploads = uploads
        self._solid = gloo.Program(shaders.SURFACE_VERTEX, shaders.SURFACE_FRAGMENT)
        self._floor = gloo.Program(shaders.SURFACE_VERTEX, shaders.FLOOR_FRAGMENT)
        self._table = gloo.Texture2D((1, LUT_SIZE, 4), interpolation="linear", internalformat="rgba32f")
        self._solid["u_table"] = self._floor["u_table"] = self._table
        self._surface: Surface | None = None
        self._half = (1.0, 1.0)

    def forget(self) -> None:
        """The next surface is uploaded whole."""
        self._surface = None

    def set(self, surface: Surface, box: Box) -> None:
        """Upload what differs from the surface drawn last."""
        old, self._surface = self._surface, surface
        if old is None or not _same_grid(old, surface):
            self._set_grid(surface, box)
            old = None
        if (
            old is None
            or old.z is not surface.z
            or old.z_scale != surface.z_scale
            or (old.z_limits != surface.z_limits)
        ):
            self._heights.set_data(padded(surface.heights).ravel())
            self._uploads["heights"] += 1
        if (
            old is None
            or old.lut is not surface.lut
            or not np.array_equal(old.level_fractions, surface.level_fractions)
        ):
            self._table.set_data(lookup_table(surface.lut, surface.level_fractions)[None])
            self._uploads["table"] += 1
        self._half = box.half
        for program in (self._solid, self._floor):
            program["u_rise"], program["u_base"], program["u_floor"] = box.rise, box.base, box.floor

    def _set_grid(self, surface: Surface, box: Box) -> None:
        nx, ny = surface.x.size, surface.y.size
        row, count = nx + 2, ny * (nx + 2)
        self._heights = gloo.VertexBuffer(np.zeros(row * (ny + 2), dtype=np.float32))
        grid = gloo.VertexBuffer(grid_vertices(surface, box))
        self._triangles = gloo.IndexBuffer(grid_triangles(nx, ny))
        starts = {"a_height": row, "a_left": row - 1, "a_right": row + 1, "a_near": 0, "a_far": 2 * row}
        for program, flat in ((self._solid, 0.0), (self._floor, 1.0)):
            program["a_grid"], program["u_flat"] = grid, flat
            for name, start in starts.items():
                if name in program:
                    program[name] = self._heights[start : start + count]
        self._uploads["grid"] += 1

    def draw_floor(self, matrix: NDArray, colors: SurfaceColors, ratio: float) -> None:
        """Contours on the floor, and the hatch under holes."""
        surface = self._surface
        if surface is None or not (surface.contours.on_floor or surface.has_holes):
            return
        muted = rgba(colors.muted)
        self._floor["u_matrix"] = matrix
        self._floor["u_lines"] = 1.2 * CONTOUR_WIDTH * ratio if surface.contours.on_floor else 0.0
        self._floor["u_hatch"], self._floor["u_ratio"] = (*muted[:3], HATCH), ratio
        gloo.set_state(depth_test=False, blend=True)
        self._floor.draw("triangles", self._triangles)

    def draw(self, matrix: NDArray, camera: Camera, colors: SurfaceColors, ratio: float) -> None:
        """The surface itself."""
        surface = self._surface
        if surface is None:
            return
        self._solid["u_matrix"] = matrix
        self._solid["u_light"], self._solid["u_eye"] = camera.light(), camera.eye
        self._solid["u_contour"], self._solid["u_half"] = rgba(colors.contour), self._half
        self._solid["u_edge"] = EDGE_WIDTH * ratio
        self._solid["u_lines"] = CONTOUR_WIDTH * ratio if surface.contours.on_surface else 0.0
        gloo.set_state(depth_test=True, blend=False, depth_mask=True)
        self._solid.draw("triangles", self._triangles)


def _same_grid(old: Surface, new: Surface) -> bool:
    return (
        all(a is b or np.array_equal(a, b) for a, b in ((old.x, new.x), (old.y, new.y)))
        and old.equal_units == new.equal_units
    )


class LineSet:
    """Segments as screen-wide quads."""

    def __init__(self) -> None:
        self._program = gloo.Program(shaders.LINE_VERTEX, shaders.LINE_FRAGMENT)
        self._count = 0

    def set(self, lines: Lines) -> None:
        """Upload segments."""
        self._count = len(lines.start)
        if not self._count:
            return
        data = np.empty((self._count, 6), dtype=_SEGMENT)
        data["a_start"], data["a_end"] = lines.start[:, None], lines.end[:, None]
        data["a_color"], data["a_width"] = lines.color[:, None], lines.width[:, None]
        data["a_corner"] = _CORNERS
        self._program.bind(gloo.VertexBuffer(data.ravel()))

    def draw(self, common: dict[str, object], alpha: float, caps: bool, depth: bool, rim: RGBA | None = None) -> None:
        """Draw all segments, or only the ``rim`` below them; without depth they shine through the surface."""
        if not self._count:
            return
        for name, value in common.items():
            self._program[name] = value
        self._program["u_alpha"], self._program["u_caps"] = alpha, float(caps)
        self._program["u_pull"] = LINE_PULL
        self._program["u_grow"] = 0.0 if rim is None else HALO_WIDTH
        self._program["u_tint"] = (0.0, 0.0, 0.0, 0.0) if rim is None else (*rim[:3], HALO_INK)
        gloo.set_state(depth_test=depth, blend=True, depth_mask=False)
        self._program.draw("triangles")


class BallSet:
    """Lit balls, drawn as squares facing the eye."""

    def __init__(self) -> None:
        self._program = gloo.Program(shaders.BALL_VERTEX, shaders.BALL_FRAGMENT)
        self._balls = np.empty(0, dtype=_BALL)
        self._uploaded: tuple[object, ...] = ()

    def set(self, scene: Scene, box: Box) -> None:
        """Take the balls of a scene; those at no finite place are left out."""
        balls = scene.balls
        centers = box.to_world(scene.surface, [b.pos for b in balls] or np.empty((0, 3)))
        data = np.empty(len(balls), dtype=_BALL)
        data["a_center"] = centers
        data["a_color"] = np.array([rgba(b.color) for b in balls]).reshape(-1, 4)
        data["a_radius"] = [b.radius for b in balls]
        self._balls, self._uploaded = data[np.isfinite(centers).all(axis=1)], ()

    def draw(self, common: dict[str, object], pixel: float, rim: tuple, alpha: float, depth: bool) -> None:
        """Draw all balls, the farthest first."""
        if not len(self._balls):
            return
        matrix = np.asarray(common["u_matrix"])
        order = np.argsort(-(self._balls["a_center"] @ matrix[:3, 3]), kind="stable")
        program = self._program
        if self._uploaded != tuple(order.tolist()):
            self._uploaded = tuple(order.tolist())
            data = np.repeat(self._balls[order], 6)
            data["a_corner"] = np.tile(_SQUARE, (len(order), 1))
            program.bind(gloo.VertexBuffer(data))
        for name, value in common.items():
            program[name] = value
        program["u_pixel"], program["u_rim"], program["u_alpha"] = pixel, rim, alpha
        gloo.set_state(depth_test=depth, blend=True, depth_mask=False)
        program.draw("triangles")


class SurfaceCanvas(app.Canvas):
    """One OpenGL widget that draws scenes, on demand. ``uploads`` counts what went to the GPU, by kind."""

    def __init__(self, samples: int = 0) -> None:
        # vispy takes over Qt's messages when it is first used; give them back to whoever had them.
        handler = qInstallMessageHandler(None)
        try:
            super().__init__(
                app="pyside6",
                keys=None,
                show=False,
                size=(320, 240),
                config={"depth_size": 24, "samples": samples},
                vsync=False,
                autoswap=False,
            )
        finally:
            qInstallMessageHandler(handler)
        self.uploads: Counter[str] = Counter()
        self.draws = 0
        self._context_in_use: QOpenGLContext | None = None
        self.on_failure: Callable[[str], None] | None = None
        self._unseen: tuple[int, int] | None = None
        self._ratio = 1.0
        self._scene: Scene | None = None
        self._colors = SurfaceColors()
        self._camera = Camera()
        self._box: Box | None = None
        self._mesh: SurfaceMesh | None = None
        self._marks_of: tuple[object, ...] = ()
        self._still: QOpenGLFramebufferObject | None = None
        self._still_of: tuple[object, ...] = ()
        self._still_surface: Surface | None = None
        self._axes_of: tuple[object, ...] = ()

    def show_scene(self, scene: Scene | None, camera: Camera, colors: SurfaceColors) -> None:
        """What the next frame shows; nothing is uploaded before it is painted."""
        self._scene, self._camera, self._colors = scene, camera, colors
        self.update()

    def picture(self, size: QSize, ratio: float) -> QImage:
        """The scene as an image of ``size`` logical pixels, ``ratio`` image pixels to each; the widget stays hidden.

        Empty when the driver gives none.
        """
        native = self.native
        wide, high = round(size.width() * ratio), round(size.height() * ratio)
        own, before = native.devicePixelRatioF(), native.size()
        native.resize(max(round(wide / own), 1), max(round(high / own), 1))
        if native.size() != before:
            # Qt tells a hidden widget only when it is shown; its framebuffer would keep the old size, and be read anew.
            QCoreApplication.sendEvent(native, QResizeEvent(native.size(), before))
        self._unseen, self._ratio = (round(native.width() * own), round(native.height() * own)), ratio
        try:
            image = native.grabFramebuffer()
        finally:
            self._unseen = None
        image.setDevicePixelRatio(ratio)
        return image

    def forget(self) -> None:
        """Let go of the scene, for the next user of the canvas."""
        self._scene, self.on_failure, self._marks_of = None, None, ()
        self._still_surface = None
        if self._mesh is not None:
            self._mesh.forget()

    def free(self) -> None:
        """Delete what lies on the GPU, while the widget still lives. Contexts share their objects, so none goes with
        its context."""
        if self._mesh is None:
            return
        self.set_current()
        self._drop()
        self.context.flush_commands()
        self.native.doneCurrent()

    def _drop(self) -> None:
        self._mesh = self._still = None
        self._marks_of = self._axes_of = self._still_of = ()

    def _watch_context(self) -> None:
        """Another context (Qt makes one where none are shared and the window changes) knows none of our objects."""
        context = self.native.context()
        if context is not self._context_in_use:
            self._drop()
            self._context_in_use = context

    def on_draw(self, event: object) -> None:
        """Paint one frame; a failure is handed to whoever shows the canvas."""
        try:
            self._watch_context()
            self._paint()
            self.context.flush_commands()
        except Exception as error:  # a driver may fail in any way, and the window must live
            failed, self.on_failure = self.on_failure, None
            if failed is not None:
                failed(f"{type(error).__name__}: {error}")
        self.draws += 1

    def _programs(self) -> SurfaceMesh:
        if self._mesh is None:
            self._mesh = SurfaceMesh(self.uploads)
            self._axes, self._marks, self._balls = LineSet(), LineSet(), BallSet()
        return self._mesh

    def _upload(self, scene: Scene) -> SurfaceMesh:
        mesh = self._programs()
        box = box_of(scene.surface)
        mesh.set(scene.surface, box)
        self._box = box
        marks = (frame_key(scene), scene.paths, scene.arrows, scene.balls)
        if marks != self._marks_of:
            self._marks.set(mark_lines(scene, box))
            self._balls.set(scene, box)
            self._marks_of = marks
            self.uploads["marks"] += 1
        return mesh

    def _set_axes(self, scene: Scene, box: Box) -> None:
        wanted = (frame_key(scene), self._camera, self._colors)
        if wanted != self._axes_of:
            self._axes.set(axes_lines(scene, box, self._camera, self._colors))
            self._axes_of = wanted

    def _recalled(self, scene: Scene) -> bool:
        """Whether surface and axes, with their depth, could be taken from the picture before.

        Under a software driver they are most of the work, and while something rolls over them they stand still.
        """
        if self._unseen is None:
            return False
        size = QSize(*self._unseen)
        wanted = (frame_key(scene), self._camera, self._colors, size, self._ratio)
        if self._still is not None and self._still_surface is scene.surface and self._still_of == wanted:
            self._blit(None, self._still)
            return True
        if self._still is None or self._still.size() != size:
            self._still = QOpenGLFramebufferObject(size, QOpenGLFramebufferObject.Attachment.CombinedDepthStencil)
        self._still_of, self._still_surface = wanted, scene.surface
        return False

    def _remember(self) -> None:
        if self._unseen is not None and self._still is not None:
            self._blit(self._still, None)
            # And back: copied depths may differ in the last bit from drawn ones, and the same scene looks the same.
            self._blit(None, self._still)

    def _blit(self, target: QOpenGLFramebufferObject | None, source: QOpenGLFramebufferObject | None) -> None:
        self.context.flush_commands()
        area = QRect(QPoint(), QSize(*(self._unseen or (0, 0))))
        # None is the widget's own picture, which Qt's stubs know nothing of.
        blit: Any = QOpenGLFramebufferObject.blitFramebuffer
        blit(target, area, source, area, _COLOR | _DEPTH, _NEAREST)

    def _paint(self) -> None:
        # A hidden widget is told of no resizing, and vispy knows only what the widget is told.
        width, height = self._unseen or self.physical_size
        gloo.set_viewport(0, 0, width, height)
        gloo.set_state(depth_mask=True)
        gloo.clear(color=rgba(self._colors.ground), depth=True)
        scene, camera, colors = self._scene, self._camera, self._colors
        if scene is None or not width or not height:
            return
        mesh = self._upload(scene)
        assert self._box is not None
        ratio = self._ratio if self._unseen else float(self.pixel_scale)
        matrix = camera.matrix(width, height)
        columns = np.ascontiguousarray(matrix.T, dtype=np.float32)
        lens = ((FAR + NEAR) / (FAR - NEAR), -2 * FAR * NEAR / (FAR - NEAR))
        common = {"u_matrix": columns, "u_size": (width, height), "u_lens": lens, "u_ratio": ratio}
        gloo.set_state(blend_func=("src_alpha", "one_minus_src_alpha"), cull_face=False, depth_func="lequal")
        if not self._recalled(scene):
            mesh.draw_floor(columns, colors, ratio)
            self._set_axes(scene, self._box)
            self._axes.draw(common, 1.0, caps=False, depth=False)
            mesh.draw(columns, camera, colors, ratio)
            self._remember()
        pixel = camera.pixel(width, height)
        rim = rgba(colors.ground)
        self._marks.draw(common, 1.0, caps=True, depth=True, rim=rim)
        for alpha, caps, depth in ((GHOST, False, False), (1.0, True, True)):
            self._marks.draw(common, alpha, caps=caps, depth=depth)
            self._balls.draw(common, pixel, rim, alpha, depth=depth)
        gloo.set_state(depth_mask=True)
