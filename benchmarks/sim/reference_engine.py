"""The reference engine: robosuite's own step, controller and goal check, on the same states and images."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.assets.libero_setup import quiet_robosuite
from benchmarks.sim.robosuite_binding import goal_holds, show_state
from benchmarks.sim.simulation import CONTROL_HZ, Simulation, numpy_seed
from harness.core.errors import UserError
from harness.core.rng import derive_rng

quiet_robosuite()

from robosuite.utils.observables import Observable, sensor  # noqa: E402  (imported quietly)


class ReferenceSimulation(Simulation):
    """What `benchmarks.sim.simulation.Simulation` must agree with, bit for bit; about five times slower."""

    engine = "reference"

    @cached_property
    def _observable(self) -> Observable:
        """Sampled when robosuite samples its own."""

        @sensor(modality="seen")
        def look(_: Any) -> float:
            self.look()
            return 0.0

        made = Observable("seen", look, sampling_rate=CONTROL_HZ)
        self.env.add_observable(made)
        return made

    def load_recorded(self, state: NDArray[np.float64], fixtures: dict[str, NDArray[np.float64]]) -> None:
        """A state and the fixture poses of a demonstration."""
        observable = self._observable
        with numpy_seed(derive_rng("reference")):
            self.env.reset()  # makes a new controller, as every episode of the stock environment does
        super().load_recorded(state, fixtures)
        # LIBERO's `set_init_state` updates once more, which decides when in a control step is sampled.
        observable.update(self.env.model_timestep, {}, force=True)

    def step(self, action: NDArray[np.floating[Any]]) -> bool:
        """One control step of 50 ms with `action` [7] in [-1, 1]; True when the goal holds."""
        self.env.step(np.asarray(action, dtype=np.float64))
        return self.success()

    def success(self) -> bool:
        """LIBERO's or robosuite's own check."""
        return goal_holds(self.env)

    def update_visuals(self) -> None:
        """LIBERO's own."""
        show_state(self.env)


ENGINES = {kind.engine: kind for kind in (Simulation, ReferenceSimulation)}


def simulation_class(engine: str) -> type[Simulation]:
    """The class of an engine; raises UserError with the known names."""
    if engine not in ENGINES:
        raise UserError(f"unknown engine {engine!r}; known: {', '.join(ENGINES)}")
    return ENGINES[engine]
