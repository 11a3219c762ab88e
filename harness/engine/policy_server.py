"""Policy inference for all workers in one place, batched. Plain asyncio: the cluster wraps it as an actor."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core.keys import AdaptKey
from harness.core.protocols import Policy
from harness.core.rng import derive_rng
from harness.core.specs import Observation
from harness.engine.policies import adapter_of, hardware_of, recent, restore
from harness.engine.watchdog import Watchdog
from harness.study.study import Study

BATCH = 8
"""Rows of every query. A constant: with fewer requests the rest is padding, so that a result depends
neither on how many requests came together nor on the number of workers."""

GATHER_S = 0.003
"""Time for other workers' requests to join a batch; one query takes ten times as long, or more."""

POLICIES_KEPT = 4


class Answer(NamedTuple):
    """What a policy says to one observation, and what computed it."""

    chunk: NDArray[np.float32]
    """[horizon, actions]"""
    hardware: str
    """See `harness.core.protocols.Policy.hardware`."""


@dataclass
class Request:
    """One row of a batch and where its answer goes."""

    seen: Observation
    rng: np.random.Generator
    answer: asyncio.Future[Answer]


class PolicyServer:
    """Holds the adapted policies; answers requests of the same adaptation and instruction together."""

    def __init__(self, study: Study, run: Path, watchdog: Callable[[], Watchdog] | None = None) -> None:
        """`run` is the run directory, where the adapters are; `watchdog` ends a server that hangs."""
        self.study, self.run = study, run
        self._watchdog = watchdog() if watchdog else None
        self._policies: OrderedDict[str, Policy] = OrderedDict()
        self._waiting: dict[tuple[AdaptKey, str], list[Request]] = {}
        self._loop: asyncio.Task[None] | None = None

    async def act(self, key: AdaptKey, seen: Observation, rng: np.random.Generator) -> Answer:
        """The action chunk for one observation. Raises what the policy raises."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault((key, seen.instruction), []).append(Request(seen, rng, answer))
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._serve())
        return await answer

    async def _serve(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            group = max(self._waiting, key=lambda group: len(self._waiting[group]))
            requests = self._waiting.pop(group)
            if len(requests) > BATCH:
                self._waiting[group] = requests[BATCH:]
            if self._watchdog:
                self._watchdog.alive()
            self._answer(group[0], requests[:BATCH])
        if self._watchdog:
            self._watchdog.rest()

    def pid(self) -> int:
        """Process id."""
        return os.getpid()

    def _answer(self, key: AdaptKey, requests: Sequence[Request]) -> None:
        try:
            adapter = adapter_of(self.run, key)
            spec = self.study.policy.spec
            policy = recent(self._policies, str(adapter), lambda: restore(spec, adapter), POLICIES_KEPT)
            chunks = padded_act(policy, [request.seen for request in requests], [r.rng for r in requests])
            if len(chunks) != len(requests):
                raise ValueError(f"policy returned {len(chunks)} chunks for {BATCH} observations")
        except Exception as error:
            for request in requests:
                request.answer.set_exception(error)
            return
        for request, chunk in zip(requests, chunks, strict=True):
            request.answer.set_result(Answer(chunk, hardware_of(policy)))


def padded_act(
    policy: Policy, seen: Sequence[Observation], rngs: Sequence[np.random.Generator]
) -> NDArray[np.float32]:
    """Chunks [len(seen), horizon, actions] from a query of exactly BATCH rows."""
    missing = BATCH - len(seen)
    padding = [derive_rng("padding") for _ in range(missing)]
    return policy.act([*seen, *[seen[0]] * missing], [*rngs, *padding])[: len(seen)]


@dataclass
class RemotePolicy:
    """A policy whose weights are in the server; `ask(key, observation, rng)` gives one answer."""

    key: AdaptKey
    horizon: int
    replan: int
    image_size: int
    render: str
    assets: str
    ask: Callable[[AdaptKey, Observation, np.random.Generator], Answer]
    hardware: str = ""
    """The server's; known after the first answer."""

    @property
    def name(self) -> str:
        """The policy's name."""
        return self.key.policy

    def act(
        self, observations: Sequence[Observation], rngs: Sequence[np.random.Generator]
    ) -> NDArray[np.float32]:
        """See `harness.core.protocols.Policy.act`."""
        answers = [self.ask(self.key, *request) for request in zip(observations, rngs, strict=True)]
        self.hardware = answers[-1].hardware
        return np.stack([answer.chunk for answer in answers])


def remote_policies(study: Study, ask: Callable[..., Any]) -> Callable[[AdaptKey], RemotePolicy]:
    """What a worker calls instead of loading an adapted policy."""
    return lambda key: RemotePolicy(
        key,
        study.policy.horizon,
        study.evaluation.replan_steps,
        study.simulation.image_size,
        study.simulation.render,
        study.simulation.assets,
        ask,
    )
