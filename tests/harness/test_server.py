"""Batched inference gives what single queries give, whoever asks at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.core.keys import AdaptKey, EpisodeKey
from harness.core.rng import derive_rng
from harness.core.specs import Observation
from harness.engine.policy_server import BATCH, PolicyServer, remote_policies
from harness.engine.rollout import run_episode
from harness.study.study import Study

KEY = AdaptKey("double", "frozen", "fake", (0,), 0, 0, 0)
OTHER = AdaptKey("double", "lora", "fake", (0,), 4, 5, 0)


def seen(number: int) -> Observation:
    image = np.zeros((16, 16, 3), np.uint8)
    return Observation(
        {"agentview": image, "wrist": image},
        derive_rng("seen", number).normal(size=8).astype(np.float32),
        "go",
    )


def answers(server: PolicyServer, requests: list[tuple[AdaptKey, int]]) -> list[Any]:
    async def ask() -> list[Any]:
        together = [server.act(key, seen(number), derive_rng("noise", number)) for key, number in requests]
        return await asyncio.gather(*together, return_exceptions=True)

    found = asyncio.run(ask())
    assert all(answer.hardware == "cpu" for answer in found if not isinstance(answer, Exception))
    return [answer if isinstance(answer, Exception) else answer.chunk for answer in found]


@pytest.fixture
def server(make_study: Callable[..., Study], tmp_path: Path, adaptation: Any) -> PolicyServer:
    (tmp_path / "adapters").mkdir()
    (tmp_path / "adapters" / f"{OTHER.adapt_id}.safetensors").write_text('[0.7, ""]')
    return PolicyServer(make_study("--inference=server"), tmp_path)


def test_answers_do_not_depend_on_the_company(server: PolicyServer) -> None:
    alone = [answers(server, [(KEY, number)])[0] for number in range(3 * BATCH)]
    crowd = [(KEY if number % 2 else OTHER, number) for number in range(3 * BATCH)]
    mixed = answers(server, crowd)
    for number in range(1, 3 * BATCH, 2):
        np.testing.assert_array_equal(mixed[number], alone[number])
    assert not np.array_equal(mixed[0], alone[0])


def test_every_query_has_the_same_number_of_rows(server: PolicyServer, adaptation: Any) -> None:
    rows: list[int] = []
    policy = adaptation.restore("double", None)
    server._policies["None"] = policy
    act = policy.act
    policy.act = lambda observations, rngs: (rows.append(len(observations)), act(observations, rngs))[1]
    answers(server, [(KEY, number) for number in range(BATCH + 3)])
    assert rows == [BATCH, BATCH]


def test_a_failing_policy_fails_its_own_requests_only(server: PolicyServer, adaptation: Any) -> None:
    policy = adaptation.restore("double", None)
    policy.act = lambda observations, rngs: 1 / 0
    server._policies["None"] = policy
    bad, good = answers(server, [(KEY, 0), (OTHER, 1)])
    assert isinstance(bad, ZeroDivisionError)
    assert good.shape == (8, 7)


def test_an_episode_through_the_server(server: PolicyServer) -> None:
    from benchmarks.suites.fake import SUITE

    def ask(*request: Any) -> Any:
        return asyncio.run(server.act(*request))

    env = SUITE.make_env(0, assets="none", image_size=16, render="fast")
    policy = remote_policies(server.study, ask)(OTHER)
    rollout = run_episode(env, policy, EpisodeKey(OTHER.adapt_id, "fake", 0, 1, 0), replan=4, action_size=7)
    assert rollout.status == "success"
