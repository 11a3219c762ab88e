from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from baselines.data.frames import Frames, from_demonstrations
from baselines.policies.pi0.policy import Pi0Policy
from baselines.policies.sources.spec import load_policy
from baselines.training.batches import Batches
from baselines.training.features import embed_images
from harness.core.demonstration import Demonstration
from harness.core.keys import Task
from harness.core.rng import derive_rng
from harness.core.specs import Observation


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path_factory.mktemp("cache")))


def synthetic(
    seed: int, frames: int = 40, size: int = 16, instruction: str = "open the drawer"
) -> Demonstration:
    """Random arrays of the right shape, an image every second step, one gripper flip halfway.

    Actions follow the state, so that they can be learnt.
    """
    rng = derive_rng("synthetic", seed)
    steps = np.arange(0, frames, 2, dtype=np.int32)
    state = rng.normal(0, 0.2, (frames, 8)).cumsum(0).astype(np.float32) * 0.1
    actions = np.tanh(state[:, :7] + rng.normal(0, 0.05, (frames, 7))).astype(np.float32)
    actions[:, 6] = np.where(np.arange(frames) < frames // 2, -1.0, 1.0)
    shape = (len(steps), size, size, 3)
    return Demonstration(
        task=Task("libero_goal", 0, "open_the_drawer", instruction),
        seed=seed,
        success=True,
        image_steps=steps,
        images={name: rng.integers(0, 256, shape, dtype=np.uint8) for name in ("agentview", "wrist")},
        state=state,
        actions=actions,
        executed=actions.copy(),
        sim_states=np.zeros((frames, 3)),
        assets="synthetic",
    )


@pytest.fixture
def make_demo() -> Callable[..., Demonstration]:
    return synthetic


@pytest.fixture
def demos() -> list[Demonstration]:
    return [synthetic(seed) for seed in range(3)]


@pytest.fixture
def policy() -> Pi0Policy:
    return load_policy("fake", "cpu")


@pytest.fixture
def frames(demos: list[Demonstration], policy: Pi0Policy) -> Frames:
    return from_demonstrations(demos, policy.format)


@pytest.fixture
def embedded(policy: Pi0Policy, frames: Frames) -> torch.Tensor:
    return embed_images(policy, frames)


@pytest.fixture
def batches(policy: Pi0Policy, frames: Frames) -> Batches:
    return Batches(policy, frames)


@pytest.fixture
def observations(demos: list[Demonstration]) -> list[Observation]:
    """Three observations whose instructions differ in length."""
    texts = ("open the drawer", "put the red bowl on the plate", "lift")
    seen = [Observation({k: v[1] for k, v in demo.images.items()}, demo.state[2], "") for demo in demos]
    return [replace(one, instruction=text) for one, text in zip(seen, texts, strict=True)]
