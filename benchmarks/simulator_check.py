"""Is this machine's simulator the benchmark's? `python -m benchmarks.simulator_check [--assets ASSETS]`.

Prints one JSON line a check: its name, whether it passed, and what was found or what cures it. Asked by
`python -m harness.doctor`, in a process of its own: a broken OpenGL driver ends the process that loads it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.formats import ASSETS
from harness.core.rng import derive_rng
from harness.core.schema import setting
from harness.core.versions import MUJOCO

SETTLED_MM = 1.0
"""How far the bowl of libero_spatial task 5 may slide along y while it settles, mm. Measured on MuJoCo 3.2.3
to 3.3.3: 0.4; on 3.4.0 it slides 34 mm, off its ramekin
(lerobot issue 4390)."""

SCENE = """
<mujoco>
  <visual><headlight ambient="1 1 1" diffuse="0 0 0" specular="0 0 0"/></visual>
  <worldbody>
    <camera name="agentview" pos="0 0 1"/><camera name="robot0_eye_in_hand" pos="0 0 1"/>
    <geom type="box" group="1" size=".1 .1 .1" pos="-.2 .2 0" rgba="1 0 0 1"/>
    <geom type="box" group="1" size=".1 .1 .1" pos=".2 .2 0" rgba="0 1 0 1"/>
    <geom type="box" group="1" size=".1 .1 .1" pos="-.2 -.2 0" rgba="0 0 1 1"/>
  </worldbody>
</mujoco>
"""
"""Seen from the camera: red top left, green top right, blue bottom left, nothing bottom right."""

PICTURE = """
<mujoco>
  <asset>
    <texture name="tiles" type="2d" builtin="checker" rgb1=".2 .3 .4" rgb2=".8 .7 .6" width="64" height="64"/>
    <material name="tiles" texture="tiles" texrepeat="6 6" reflectance=".2"/>
  </asset>
  <worldbody>
    <light pos=".4 -.5 1.5" dir="-.3 .3 -1" directional="true"/>
    <camera name="agentview" pos=".9 0 .8" xyaxes="0 1 0 -.6 0 .8"/>
    <camera name="robot0_eye_in_hand" pos="0 0 1"/>
    <geom type="plane" group="1" size="1 1 .1" material="tiles"/>
    <geom type="sphere" group="1" size=".12" pos="0 -.2 .12" rgba=".9 .2 .1 1"/>
    <geom type="capsule" group="1" size=".05 .1" pos=".1 .2 .15" euler="30 20 0" rgba=".2 .8 .3 .7"/>
    <geom type="box" group="1" size=".08 .06 .1" pos="-.2 .1 .1" euler="0 0 25"/>
  </worldbody>
</mujoco>
"""
"""Light, shadow, texture, reflection, curved and see-through surfaces."""

SIZE = 64

DRAWN = {
    "llvmpipe (LLVM 15.0.6, 256 bits), Mesa 22.3.6": (
        "3c403236c8e383d0de70f4437067128cad126858b395f8e15b2892dc7e36170a"
    ),
}
"""Renderer -> SHA-256 of PICTURE as it draws it with MuJoCo 3.3.2, measured here. Another renderer, even
another version, may round otherwise without being wrong."""


def opengl() -> str:
    """A picture drawn offscreen, the same twice, and the one that this renderer is known to draw."""
    from benchmarks.render.renderer import drawn_by

    frames = [_frame(PICTURE), _frame(PICTURE)]
    if not (frames[0] == frames[1]).all():
        raise UserError("the same scene drawn twice differs; set MUJOCO_GL=osmesa, or update the driver")
    if frames[0].max() == frames[0].min():
        raise UserError("the frame is empty; apt-get install -y libgl1-mesa-dri, or set MUJOCO_GL=osmesa")
    name, found = drawn_by(), hashlib.sha256(frames[0].tobytes()).hexdigest()
    drew = f"drew {SIZE} x {SIZE} pixels, twice the same, sha256 {found[:12]}"
    if name not in DRAWN:
        return f"{drew}; unknown renderer {name}, not compared"
    if found != DRAWN[name]:
        raise UserError(
            f"{drew}, but {name} should draw {DRAWN[name][:12]}; pip install mujoco=={MUJOCO}, and "
            "apt-get install --reinstall -y libgl1-mesa-dri"
        )
    return f"{drew}, as {name} should"


def images() -> str:
    """LIBERO's images: turned by 180 degrees exactly once, which leaves them upright and mirrored."""
    image = _frame().astype(int)
    quarter, rest = SIZE // 4, 3 * SIZE // 4
    corners = [image[row, column] for row in (quarter, rest) for column in (quarter, rest)]
    seen = ["rgb"[colour.argmax()] if colour.max() > 100 else "-" for colour in corners]
    if seen != ["g", "r", "-", "b"]:
        raise UserError(
            f"the corners of the test image are {''.join(seen)}, not gr-b as LIBERO's would be; "
            "set MUJOCO_GL=osmesa, or update the OpenGL driver"
        )
    return "turned by 180 degrees once"


def quaternion() -> str:
    """Axis-angle of a quaternion with w < 0: not flipped to the shorter way round."""
    from benchmarks.sim.simulation import axis_angle

    angle = float(np.linalg.norm(axis_angle(np.array([0.6, 0.0, 0.0, -0.8]))))
    if abs(angle - 2 * np.arccos(-0.8)) > 1e-6:
        raise UserError(f"a quaternion with w < 0 became {angle:.3f} rad, not 4.996; git checkout benchmarks")
    return "sign of w kept"


def settle(assets: str) -> list[tuple[str, Callable[[], str]]]:
    """The checks that need a compiled LIBERO task, which is built once."""
    from benchmarks.suites.libero_spatial import SUITE

    sim = SUITE.simulate(5, assets)

    def bowl() -> str:
        sim.load_official(0, derive_rng("doctor"))
        body = sim.data.body("akita_black_bowl_1_main")
        before = body.xpos.copy()
        sim.settle()
        slid = 1000 * abs(float(body.xpos[1] - before[1]))
        if not slid <= SETTLED_MM:
            raise UserError(
                f"the bowl of libero_spatial task 5 slid {slid:.1f} mm while it settled, at most "
                f"{SETTLED_MM} is right; pip install mujoco=={MUJOCO}"
            )
        return f"the bowl of libero_spatial task 5 slid {slid:.2f} mm, at most {SETTLED_MM} is right"

    def gripper() -> str:
        sim.load_official(0, derive_rng("doctor"))
        widths = []
        for closing in (-1.0, 1.0):
            for _ in range(10):
                sim.step(np.array([0.0] * 6 + [closing]))
            widths.append(1000 * float(np.abs(sim.gripper_qpos).sum()))
        if not widths[0] > 70 > 20 > widths[1]:
            raise UserError(
                f"-1 leaves the gripper {widths[0]:.0f} mm open and +1 {widths[1]:.0f} mm; -1 must open it: "
                "pip install --no-deps -r requirements.txt"
            )
        return f"-1 opens it ({widths[0]:.0f} mm), +1 closes it ({widths[1]:.0f} mm)"

    return [("settling", bowl), ("gripper", gripper)]


def _frame(scene: str = SCENE) -> NDArray[np.uint8]:
    import mujoco

    from benchmarks.render.renderer import Renderer

    model = mujoco.MjModel.from_xml_string(scene)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    renderer = Renderer(model, data, SIZE, "exact")
    try:
        return renderer.images()[0]
    finally:
        renderer.close()


def report(name: str, check: Callable[[], str]) -> bool:
    """Print the line of one check."""
    try:
        passed, text = True, check()
    except UserError as error:
        passed, text = False, str(error)
    except Exception as error:
        passed, text = False, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    print(json.dumps({"check": name, "passed": passed, "text": text}), flush=True)
    return passed


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    assets: str = setting("original, hub or DIR", "original", format=ASSETS)


@command
def main(argv: Sequence[str] | None) -> int:
    """Run all checks; returns the exit status, 1 where one failed."""
    options = parse(Options(), argv, prog="benchmarks.simulator_check", description=__doc__)
    passed = [report("OpenGL", opengl), report("images", images), report("quaternion", quaternion)]
    needing: list[tuple[str, Callable[[], str]]] = []

    def compile_task() -> str:
        needing.extend(settle(options.assets))
        return "libero_spatial task 5 compiled"

    passed.append(report("LIBERO", compile_task))
    passed += [report(name, check) for name, check in needing]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
