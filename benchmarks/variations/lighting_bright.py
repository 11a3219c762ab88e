"""More light: every lamp is brightened, until pale surfaces are washed out."""

from __future__ import annotations

from benchmarks.variations._lamps import Dimmer

VARIATION = Dimmer(
    quantities=(1.0, 1.2, 1.4, 1.6, 1.85),
    unit="times the light",
    groups=("libero-plus",),
)
"""Up to the greatest intensity of LIBERO-Plus."""
