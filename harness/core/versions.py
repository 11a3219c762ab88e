"""Versions that are part of the benchmark's definition."""

from __future__ import annotations

MUJOCO = "3.3.2"
"""Part of the benchmark's definition: from 3.3.3 rendering differs (LIBERO issue 88), from 3.4.0 contacts do
too (lerobot issue 4390)."""

ANY_MUJOCO = "HARNESS_ANY_MUJOCO"
"""Environment variable: 1 accepts another version. `--any-mujoco` sets it, workers inherit it."""
