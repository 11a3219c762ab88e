"""Versions that are part of the benchmark's definition."""

from __future__ import annotations

MUJOCO = "3.3.2"
"""Part of the benchmark's definition: from 3.3.3 rendering differs (LIBERO issue 88), from 3.4.0 contacts do
too (lerobot issue 4390)."""

SIMULATORS = ("robosuite==1.4.0", "hf-libero==0.1.4", "bddl==1.0.1")
"""Installed by `pip install --no-deps`: they declare packages that evaluation never imports and that
cannot be built everywhere (hf-egl-probe, robomimic) or replace others (opencv-python)."""

ANY_MUJOCO = "HARNESS_ANY_MUJOCO"
"""Environment variable: 1 accepts another version. `--allow-mujoco-mismatch` sets it, workers inherit it."""
