"""Less light: every lamp is dimmed."""

from __future__ import annotations

from benchmarks.variations._lamps import Dimmer

VARIATION = Dimmer(
    quantities=(1.0, 0.8, 0.6, 0.4, 0.2),
    unit="of the light",
    groups=("paper", "libero-plus"),
)
"""Down to the least intensity of LIBERO-Plus."""
