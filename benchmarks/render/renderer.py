"""Offscreen images of cameras, only when asked for. One OpenGL context per process.

Profile `exact` gives the pixels of robosuite's renderer. Profile `fast` leaves out shadows, reflections and
multisampling and draws decimated meshes; a policy declares the profile that it was trained on. Neither
draws what cannot be seen.
"""

from __future__ import annotations

import atexit
import importlib
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from typing import Protocol

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.render.backend import rendering_backend
from benchmarks.render.decimation import decimated
from benchmarks.render.drawn_meshes import only_drawn
from benchmarks.render.opengl import beside_cuda
from benchmarks.render.static_layer import Picture, StaticLayer
from benchmarks.render.textures import shrunk
from harness.core.errors import UserError

PROFILES = ("exact", "fast")
CAMERAS = ("agentview", "robot0_eye_in_hand")
FAST_QUALITY = {"shadowsize": 0, "offsamples": 0, "numslices": 16, "numstacks": 6, "numquads": 1}
"""MuJoCo's drawing quality in profile `fast`: no shadow map, no multisampling, coarser primitives."""
HIDDEN = 0
"""Group of the collision geoms, which robosuite does not draw either."""
ROOM = 1.5
"""Geoms count as this much larger than compiled when it is asked whether a camera sees them: variations
scale some without compiling again."""
STATIC, DYNAMIC = mujoco.mjtCatBit.mjCAT_STATIC, mujoco.mjtCatBit.mjCAT_DYNAMIC
SKY = [int(mujoco.mjtRndFlag.mjRND_SKYBOX), int(mujoco.mjtRndFlag.mjRND_HAZE)]


class GLContext(Protocol):
    """Of MuJoCo's backends."""

    def make_current(self) -> None:
        """Draw in it from now on."""

    def free(self) -> None:
        """Give it back."""


_contexts: dict[int, GLContext] = {}
"""By process: a forked one must not use its parent's."""


class Renderer:
    """Draws the cameras of one model."""

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        size: int,
        profile: str,
        cameras: Sequence[str] = CAMERAS,
    ) -> None:
        """`size` is the side of the square images in pixels, `cameras` are names in the model.

        Raises UserError for an unknown profile.
        """
        check_profile(profile)
        self.model, self.data, self.size, self.profile = model, data, size, profile
        self.scene = mujoco.MjvScene(model, maxgeom=1000)
        self.option = mujoco.MjvOption()
        self.option.geomgroup[HIDDEN] = 0
        self.perturb = mujoco.MjvPerturb()
        self.cameras = [self._camera(name) for name in cameras]
        self.context = self._make_context()
        self.rect = mujoco.MjrRect(0, 0, size, size)
        self.layers = [StaticLayer(model, data, camera.fixedcamid) for camera in self.cameras]
        if profile == "fast":
            self.scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 0
            self.scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = 0

    def _camera(self, name: str) -> mujoco.MjvCamera:
        camera = mujoco.MjvCamera()
        camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        camera.fixedcamid = self.model.camera(name).id
        return camera

    def _make_context(self) -> mujoco.MjrContext:
        _make_current()
        quality, buffer = self.model.vis.quality, self.model.vis.global_
        saved = {name: getattr(quality, name) for name in FAST_QUALITY}
        size = buffer.offwidth, buffer.offheight
        if self.profile == "fast":
            for name, value in FAST_QUALITY.items():
                setattr(quality, name, value)
            buffer.offwidth = buffer.offheight = self.size
            textures = range(self.model.ntex)
            with only_drawn(self.model), decimated(self.model), shrunk(self.model, textures):
                context = mujoco.MjrContext(self.model, mujoco.mjtFontScale.mjFONTSCALE_50)
        else:
            buffer.offwidth, buffer.offheight = max(640, self.size), max(480, self.size)
            with only_drawn(self.model):
                context = mujoco.MjrContext(self.model, mujoco.mjtFontScale.mjFONTSCALE_150)
        for name, value in saved.items():
            setattr(quality, name, value)
        buffer.offwidth, buffer.offheight = size
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, context)
        context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        return context

    def images(self) -> list[NDArray[np.uint8]]:
        """One image [size, size, 3] per camera, turned by LIBERO's 180 degrees: upright, and mirrored
        because OpenGL's rows start at the bottom and the turn reverses columns as well."""
        _make_current()
        # Another renderer of this process may have drawn since: its framebuffer would still be bound.
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self.context)
        views = zip(self.cameras, self.layers, strict=True)
        return [self._image(*view)[::-1, ::-1].copy() for view in views]

    def upload(self, textures: Iterable[int]) -> None:
        """Draw these textures with the pixels that the model has now."""
        _make_current()
        edited = list(textures)
        with shrunk(self.model, edited if self.profile == "fast" else ()):
            for texture in edited:
                mujoco.mjr_uploadTexture(self.model, self.context, texture)
        for layer in self.layers:
            layer.forget()

    def _image(self, camera: mujoco.MjvCamera, still: StaticLayer) -> NDArray[np.uint8]:
        groups = self.model.geom_group
        # Multisampling mixes what is in front of an edge with what is behind it.
        in_front = self.profile == "fast" and still.applies()
        stale = in_front and still.stale()
        saved = groups.copy()
        if self.profile == "fast" or not casts(self.model):
            groups[outside(self.model, self.data, camera.fixedcamid)] = HIDDEN
        try:
            if not in_front:
                self._render(camera, STATIC | DYNAMIC)
                return self._read()
            if stale:
                still.picture = self._layer(camera, STATIC)
            self.scene.flags[SKY] = 0
            return still.behind(self._layer(camera, DYNAMIC))
        finally:
            groups[:] = saved
            self.scene.flags[SKY] = 1

    def _layer(self, camera: mujoco.MjvCamera, categories: int) -> Picture:
        self._render(camera, categories)
        depths = np.empty((self.size, self.size), dtype=np.float32)
        return self._read(depths), depths

    def _render(self, camera: mujoco.MjvCamera, categories: int) -> None:
        mujoco.mjv_updateScene(
            self.model, self.data, self.option, self.perturb, camera, categories, self.scene
        )
        mujoco.mjr_render(self.rect, self.scene, self.context)

    def _read(self, depths: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
        """Colours of what was rendered; `depths` [size, size] is filled."""
        colours = np.empty((self.size, self.size, 3), dtype=np.uint8)
        mujoco.mjr_readPixels(colours, depths, self.rect, self.context)
        return colours

    def close(self) -> None:
        """Free the textures and meshes on the OpenGL side."""
        _make_current()
        self.context.free()


def check_profile(profile: str) -> None:
    """Raise UserError for an unknown render profile."""
    if profile not in PROFILES:
        raise UserError(f"unknown render profile {profile!r}; known: {', '.join(PROFILES)}")


def casts(model: mujoco.MjModel) -> bool:
    """Whether there may be shadows or reflections, also of what is out of view."""
    return bool(model.light_castshadow.any() or model.mat_reflectance.any())


def outside(model: mujoco.MjModel, data: mujoco.MjData, camera: int) -> NDArray[np.bool_]:
    """Geoms [geoms] whose bounding box lies outside of a square view: drawing them changes no pixel,
    unless by a shadow or a reflection."""
    view = data.cam_xmat[camera].reshape(3, 3)
    turns = data.geom_xmat.reshape(-1, 3, 3)
    middle, half = model.geom_aabb[:, :3], model.geom_aabb[:, 3:]
    centre = (data.geom_xpos + (turns @ middle[:, :, None])[:, :, 0] - data.cam_xpos[camera]) @ view
    edges = view.T @ turns * (ROOM * half + (ROOM - 1) * np.abs(middle))[:, None, :]
    slope = np.tan(np.radians(model.cam_fovy[camera]) / 2)
    inward = np.array([[0, 0, -1], [1, 0, -slope], [-1, 0, -slope], [0, 1, -slope], [0, -1, -slope]])
    hidden: NDArray[np.bool_] = (centre @ inward.T + np.abs(inward @ edges).sum(axis=2) < 0).any(axis=1)
    return hidden & (model.geom_rbound > 0)  # planes have no bounds


def _make_current() -> None:
    """One context serves every model of the process; made on first use, never before a fork."""
    if os.getpid() not in _contexts:
        # Not mujoco.GLContext, whose backend is fixed when mujoco is first imported.
        backend = rendering_backend()
        with beside_cuda(backend):
            _contexts[os.getpid()] = importlib.import_module(f"mujoco.{backend}").GLContext(640, 480)
        atexit.register(release)
    _contexts[os.getpid()].make_current()


def drawn_by() -> str:
    """What draws in this process's OpenGL context: device and, for Mesa, its version."""
    _make_current()
    return _described(os.getpid())


@cache
def _described(process: int) -> str:
    from OpenGL import GL

    device, version = (GL.glGetString(name).decode() for name in (GL.GL_RENDERER, GL.GL_VERSION))
    mesa = version.partition("Mesa ")[2]
    return f"{device}, Mesa {mesa}" if mesa else device


def release() -> None:
    """Free this process's OpenGL context; at exit, before the interpreter takes the library away."""
    if context := _contexts.pop(os.getpid(), None):
        with suppress(Exception):  # robosuite's renderer may have closed the display that both use
            context.free()
