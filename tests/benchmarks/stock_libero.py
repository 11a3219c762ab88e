"""LIBERO's own environment in a process of its own: OpenGL contexts of two owners disturb each other.

`python tests/benchmarks/stock_libero.py IN.npz OUT.npz` steps `OffScreenRenderEnv` as published evaluations
do and writes what it observed. IN holds the task file, the folder of assets, the size of images, an initial
state, poses of fixtures and actions.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from benchmarks.assets.libero_setup import libero_assets


def observe(given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Images [1 + actions, size, size, 3] of both cameras, raw, and the parts of the state."""
    size = int(given["size"])
    with libero_assets(Path(str(given["assets"]))):
        from libero.libero.envs import OffScreenRenderEnv

        env = OffScreenRenderEnv(
            bddl_file_name=str(given["task_file"]), camera_heights=size, camera_widths=size
        )
        env.reset()
        for body, pose in zip(given["bodies"], given["poses"], strict=True):
            env.sim.model.body_pos[body], env.sim.model.body_quat[body] = pose[:3], pose[3:]
        seen = [env.set_init_state(given["state"])]
        seen += [env.step(action)[0] for action in given["actions"]]
    names = (
        "agentview_image",
        "robot0_eye_in_hand_image",
        "robot0_eef_pos",
        "robot0_eef_quat",
        "robot0_gripper_qpos",
    )
    return {name: np.array([each[name] for each in seen]) for name in names}


if __name__ == "__main__":
    with np.load(sys.argv[1]) as file:
        np.savez(sys.argv[2], **observe(dict(file)))
