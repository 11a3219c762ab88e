"""Offscreen images of both cameras, only when asked for. One OpenGL context per process.

Profile `exact` draws what robosuite's renderer draws. Profile `fast` leaves out shadows, reflections and
multisampling and draws decimated meshes; a policy declares the profile that it was trained on.
"""

from __future__ import annotations

import atexit
import importlib
import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.decimation import decimated
from benchmarks.opengl import backend
from harness.types import UserError

PROFILES = ("exact", "fast")
CAMERAS = ("agentview", "robot0_eye_in_hand")
FAST_QUALITY = {"shadowsize": 0, "offsamples": 0, "numslices": 16, "numstacks": 6, "numquads": 1}
"""MuJoCo's drawing quality in profile `fast`: no shadow map, no multisampling, coarser primitives."""
HIDDEN = 0
"""Group of the collision geoms, which robosuite does not draw either."""
ROOM = 1.5
"""Geoms count as this much larger than compiled when it is asked whether a camera sees them: variations
scale some without compiling again."""
_context: dict[str, Any] = {}


class Renderer:
    """Draws the cameras of one model."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, size: int, profile: str) -> None:
        """`size` is the side of the square images in pixels. Raises UserError for an unknown profile."""
        if profile not in PROFILES:
            raise UserError(f"unknown render profile {profile!r}; known: {', '.join(PROFILES)}")
        self.model, self.data, self.size, self.profile = model, data, size, profile
        self.scene = mujoco.MjvScene(model, maxgeom=1000)
        self.option = mujoco.MjvOption()
        self.option.geomgroup[HIDDEN] = 0
        self.perturb = mujoco.MjvPerturb()
        self.cameras = [self._camera(name) for name in CAMERAS]
        self.context = self._make_context()
        self.rect = mujoco.MjrRect(0, 0, size, size)
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
            with decimated(self.model):
                context = mujoco.MjrContext(self.model, mujoco.mjtFontScale.mjFONTSCALE_50)
        else:
            buffer.offwidth, buffer.offheight = max(640, self.size), max(480, self.size)
            context = mujoco.MjrContext(self.model, mujoco.mjtFontScale.mjFONTSCALE_150)
        for name, value in saved.items():
            setattr(quality, name, value)
        buffer.offwidth, buffer.offheight = size
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, context)
        return context

    def images(self) -> list[NDArray[np.uint8]]:
        """One image [size, size, 3] per camera, turned by LIBERO's 180 degrees: upright, and mirrored
        because OpenGL's rows start at the bottom and the turn reverses columns as well."""
        _make_current()
        # Another renderer of this process may have drawn since: its framebuffer would still be bound.
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self.context)
        return [self._draw(camera)[::-1, ::-1].copy() for camera in self.cameras]

    def upload(self, textures: Iterable[int]) -> None:
        """Draw these textures with the pixels that the model has now."""
        _make_current()
        for texture in textures:
            mujoco.mjr_uploadTexture(self.model, self.context, texture)

    def _draw(self, camera: mujoco.MjvCamera) -> NDArray[np.uint8]:
        groups = self.model.geom_group
        saved = groups.copy()
        if self.profile == "fast":
            groups[outside(self.model, self.data, camera.fixedcamid)] = HIDDEN
        mujoco.mjv_updateScene(
            self.model, self.data, self.option, self.perturb, camera, mujoco.mjtCatBit.mjCAT_ALL, self.scene
        )
        groups[:] = saved
        mujoco.mjr_render(self.rect, self.scene, self.context)
        pixels = np.empty((self.size, self.size, 3), dtype=np.uint8)
        mujoco.mjr_readPixels(pixels, None, self.rect, self.context)
        return pixels

    def close(self) -> None:
        """Free the textures and meshes on the OpenGL side."""
        _make_current()
        self.context.free()


def outside(model: mujoco.MjModel, data: mujoco.MjData, camera: int) -> NDArray[np.bool_]:
    """Geoms [geoms] whose bounding sphere lies outside of a square view: drawing them changes no pixel,
    unless by a shadow or a reflection."""
    turned = (data.geom_xpos - data.cam_xpos[camera]) @ data.cam_xmat[camera].reshape(3, 3)
    depth, radius = -turned[:, 2], ROOM * model.geom_rbound
    slope = np.tan(np.radians(model.cam_fovy[camera]) / 2)
    beside = np.abs(turned[:, :2]).max(axis=1) - depth * slope
    hidden: NDArray[np.bool_] = (depth < -radius) | (beside > radius * np.hypot(1.0, slope))
    return hidden & (model.geom_rbound > 0)  # planes have no bounding sphere


def _make_current() -> None:
    """One context serves every model of the process; made on first use, never before a fork."""
    if _context.get("pid") != os.getpid():
        # Not mujoco.GLContext, whose backend is fixed when mujoco is first imported.
        _context["gl"] = importlib.import_module(f"mujoco.{backend()}").GLContext(640, 480)
        _context["pid"] = os.getpid()
        atexit.register(release)
    _context["gl"].make_current()


def release() -> None:
    """Free this process's OpenGL context; at exit, before the interpreter takes the library away."""
    if _context.get("pid") == os.getpid():
        with suppress(Exception):  # robosuite's renderer may have closed the display that both use
            _context.pop("gl").free()
        _context.clear()
