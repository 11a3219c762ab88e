"""How many episodes an hour: python -m benchmarks.capacity [--speed speed.csv]

A discrete-event simulation of workers that step environments and query policies, either in their own
process or at policy servers that answer in batches. It knows no more than the assumptions that it prints.
"""

from __future__ import annotations

import csv
import heapq
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

from harness.core.command_line import command, parse
from harness.core.errors import UserError
from harness.core.formats import number
from harness.core.rng import derive_rng
from harness.core.schema import setting

SECONDS = number(least=0.0, most=3600.0)
"""What something takes."""

STEP_SECONDS = number(least=1e-6, most=3600.0)
"""A control step takes time: simulated time would stand still otherwise."""


@dataclass(frozen=True)
class Assumptions:
    """Seconds unless said otherwise. What one core does was measured in processor time on a 2-core AMD EPYC
    virtual machine, libero_spatial task 0, stand-ins for LIBERO's meshes."""

    step_s: float = setting(
        'one control step: "control step, no camera" of benchmarks.speed', 0.0039, format=STEP_SECONDS
    )
    images_s: float = setting(
        'both cameras, software renderer: twice "image 128x128, fast" of benchmarks.speed',
        0.0092,
        format=SECONDS,
    )
    start_s: float = setting(
        "initial state and 10 steps of settling: an environment's `begin`", 0.041, format=SECONDS
    )
    query_s: float = setting(
        "pi0-small in the worker: a policy's `act` on one observation", 0.017, format=SECONDS
    )
    # 73 ms for one row on a consumer GPU is published (arXiv 2410.24164, appendix D); the share of a row is
    # an assumption.
    server_base_s: float = setting(
        "a batch at a policy server with pi0 on one GPU, without its rows", 0.060, format=SECONDS
    )
    server_row_s: float = setting("each row of such a batch", 0.004, format=SECONDS)
    gather_s: float = setting(
        "a server waits so long for others to join a batch (harness.engine.policy_server)",
        0.003,
        format=SECONDS,
    )
    driver_s: float = setting(
        "the driver's own time for an episode, one process alone: 0.3 ms to choose it and to append its row, "
        "1 ms for the call, and about as much for the disk to have the row",
        0.0025,
        format=SECONDS,
    )
    poll_s: float = setting(
        "looking through one waiting worker's job for an end, once an episode: an assumption",
        2e-6,
        format=SECONDS,
    )
    latency_s: float = setting(
        "one call between processes; between nodes it is assumed to be the same", 0.001, format=SECONDS
    )
    replan_steps: float = setting("control steps a query", 6.0, format=number(least=1.0, most=1e4))
    steps: float = setting(
        "control steps an episode, mean; lengths are uniform within half of that around it",
        150.0,
        format=number(least=1.0, most=1e6),
    )


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    assumptions: Assumptions = field(default_factory=Assumptions)
    speed: Path | None = setting("what benchmarks.speed saved here", None)
    seconds: float = setting("simulated time", 120.0, format=number(above=0.0, most=1e6))


@dataclass(frozen=True)
class Layout:
    """What runs where."""

    name: str
    workers: int
    servers: int = 0
    """Policy servers, one GPU each; 0 queries the policy in the worker."""
    batch: int = 8


@dataclass(frozen=True)
class Throughput:
    """Of one simulated run."""

    episodes_per_hour: float
    waiting: float
    """Share of the workers' time spent waiting for a policy server or for the driver."""
    server_busy: float
    driver_busy: float


Event = Callable[[float, int], None]
"""Happens at a simulated time to a worker or server."""


class Queueing:
    """Workers, servers and the driver over simulated time."""

    def __init__(self, layout: Layout, costs: Assumptions) -> None:
        self.layout, self.costs = layout, costs
        self.rng = derive_rng("capacity", layout.name, layout.workers, layout.servers, layout.batch)
        self.events: list[tuple[float, int, Event, int]] = []
        self.count = 0
        self.left = [0.0] * layout.workers
        """Control steps left of each worker's episode."""
        self.queue: deque[int] = deque()
        self.idle_servers = list(range(layout.servers))
        self.batches: dict[int, list[int]] = {}
        self.driver_free = self.driver_busy = self.server_busy = self.busy = 0.0
        self.finished = 0

    def run(self, seconds: float) -> Throughput:
        """Simulate `seconds`, of which the first fifth is not counted.

        Raises UserError where they are too few.
        """
        for worker in range(self.layout.workers):
            self._at(float(self.rng.uniform(0, 1)), self._done, worker)
        warm_up, now, counted_from = seconds / 5, 0.0, 0.0
        while self.events and now < seconds:
            now, _, what, who = heapq.heappop(self.events)
            if not counted_from and now >= warm_up:
                counted_from = now
                self.finished = 0
                self.driver_busy = self.server_busy = self.busy = 0.0
            what(now, who)
        span = now - counted_from
        if not span:
            raise UserError(f"--seconds {seconds:g}: nothing ends in so short a time; give more")
        return Throughput(
            3600 * self.finished / span,
            max(0.0, 1 - self.busy / (span * self.layout.workers)),
            self.server_busy / (span * max(1, self.layout.servers)),
            self.driver_busy / span,
        )

    def _at(self, time: float, what: Event, who: int) -> None:
        self.count += 1
        heapq.heappush(self.events, (time, self.count, what, who))

    def _done(self, now: float, worker: int) -> None:
        """An episode ended: the driver, one call after the other, hands out the next."""
        self.finished += 1
        work = self.costs.driver_s + self.costs.poll_s * self.layout.workers
        self.driver_free = max(self.driver_free, now + self.costs.latency_s) + work
        self.driver_busy += work
        self.left[worker] = self.costs.steps * float(self.rng.uniform(0.5, 1.5))
        begin = self.driver_free + self.costs.latency_s
        self.busy += self.costs.start_s
        self._at(begin + self.costs.start_s, self._look, worker)

    def _look(self, now: float, worker: int) -> None:
        """Draw the images and ask for a chunk."""
        self.busy += self.costs.images_s
        if self.layout.servers:
            self._at(now + self.costs.images_s + self.costs.latency_s, self._request, worker)
        else:
            self.busy += self.costs.query_s
            self._at(now + self.costs.images_s + self.costs.query_s, self._act, worker)

    def _act(self, now: float, worker: int) -> None:
        """Execute the chunk."""
        steps = min(self.costs.replan_steps, self.left[worker])
        self.left[worker] -= steps
        self.busy += steps * self.costs.step_s
        then = now + steps * self.costs.step_s
        self._at(then, self._look if self.left[worker] > 0 else self._done, worker)

    def _request(self, now: float, worker: int) -> None:
        self.queue.append(worker)
        if self.idle_servers:
            self._at(now + self.costs.gather_s, self._serve, self.idle_servers.pop())

    def _serve(self, now: float, server: int) -> None:
        """Take what waits, at most a batch; the time does not depend on how full it is."""
        size = min(self.layout.batch, len(self.queue))
        if not size:
            self.idle_servers.append(server)
            return
        self.batches[server] = [self.queue.popleft() for _ in range(size)]
        seconds = self.costs.server_base_s + self.layout.batch * self.costs.server_row_s
        self.server_busy += seconds
        self._at(now + seconds, self._answer, server)

    def _answer(self, now: float, server: int) -> None:
        for worker in self.batches.pop(server):
            self._at(now + self.costs.latency_s, self._act, worker)
        if self.queue:
            self._at(now + self.costs.gather_s, self._serve, server)
        else:
            self.idle_servers.append(server)


def knee(found: Sequence[tuple[Layout, Throughput]]) -> Layout:
    """The largest layout up to which one more worker brought at least half of what the first ones did."""
    first = found[0][1].episodes_per_hour / found[0][0].workers
    best = found[0][0]
    for (before, low), (after, high) in pairwise(found):
        gain = (high.episodes_per_hour - low.episodes_per_hour) / (after.workers - before.workers)
        if gain < first / 2:
            break
        best = after
    return best


def node_layouts() -> dict[str, list[Layout]]:
    """One node of 96 cores, and up to 64 such nodes; a core of each is left to everything else."""
    cores, nodes = 96, 64
    counts = [1, 8, 24, 48, 72, 95]
    groups: dict[str, list[Layout]] = {}
    for gpus in (0, 1, 8):
        name = f"{cores} cores, {gpus} GPUs, " + ("pi0 served" if gpus else "pi0-small in the workers")
        groups[name] = [Layout(name, count, gpus) for count in counts]
    cluster = [nodes_used * (cores - 1) for nodes_used in (1, 4, 8, 16, 32, nodes)]
    name = "up to 64 nodes of 96 cores, pi0-small in the workers"
    groups[name] = [Layout(name, count) for count in cluster]
    name = "up to 64 nodes of 96 cores and 8 GPUs, pi0 served"
    groups[name] = [Layout(name, count, 8 * count // (cores - 1)) for count in cluster]
    return groups


def measured(path: Path, costs: Assumptions) -> Assumptions:
    """`costs` with what benchmarks.speed measured on this machine. Raises UserError without such a file."""
    try:
        with path.open() as file:
            rows = {row["name"]: STEP_SECONDS.read(row["ours"]) for row in csv.DictReader(file)}
        step, image = rows["control step, no camera"], rows["image 128x128, fast"]
    except (OSError, KeyError, ValueError) as error:
        raise UserError(
            f"{path} has no rows step and image ({error}); run: python -m benchmarks.speed --rows step,image"
        ) from None
    return replace(costs, step_s=step / 1e3, images_s=2 * image / 1e3, start_s=10 * step / 1e3)


@command
def main(argv: Sequence[str] | None) -> int:
    """Command line; returns the exit status."""
    given = _options(argv)
    for line in lines(given.assumptions, given.seconds):
        print(line)
    return 0


def lines(costs: Assumptions, seconds: float) -> Iterator[str]:
    """The assumptions, and a table for each kind of machine. Raises UserError."""
    yield "assumptions: " + ", ".join(f"{one.name} {getattr(costs, one.name):g}" for one in fields(costs))
    for name, layouts in node_layouts().items():
        found = [(layout, Queueing(layout, costs).run(seconds)) for layout in layouts]
        yield f"\n{name}; knee at {knee(found).workers} workers"
        yield "workers  servers  episodes/h  workers waiting  servers busy  driver busy"
        for layout, throughput in found:
            yield (
                f"{layout.workers:7d}  {layout.servers:7d}  {throughput.episodes_per_hour:10,.0f}  "
                f"{throughput.waiting:15.0%}  {throughput.server_busy:12.0%}  {throughput.driver_busy:11.0%}"
            )


def _options(argv: Sequence[str] | None) -> Options:
    """What was asked for, on top of what was measured here. Raises UserError."""
    parsed = partial(parse, argv=argv, prog="benchmarks.capacity", description=__doc__)
    asked = parsed(Options())
    return parsed(Options(measured(asked.speed, Assumptions()))) if asked.speed else asked


if __name__ == "__main__":
    sys.exit(main())
