"""A study: everything resolved before anything is computed, and the keys that follow from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness import registry
from harness.options import Options
from harness.preflight import MUJOCO
from harness.presets import preset
from harness.types import AdaptKey, EpisodeKey, Task, UserError

UNTRAINED = "frozen"
"""The method that every study is compared with: no demonstrations and no steps."""

SERVED_FROM = 500_000_000
"""Parameters from which workers share one copy of the policy on a GPU: each copy takes 2 GB or more."""

GROWING = ("methods", "task_ids", "seeds", "episodes", "limit")
"""What a later command may change in the same run directory: keys join old and new records."""


@dataclass(frozen=True)
class Study:
    """One policy on one suite, adapted by each of the methods. Plain data; written as study.json."""

    suite: str
    methods: tuple[str, ...]
    task_ids: tuple[int, ...]
    seeds: tuple[int, ...]
    episodes: int
    """Per task and seed: official initial states 0 to episodes - 1."""
    limit: int | None
    adapt_per: str
    policy: str
    """Short name, part of every key."""
    policy_spec: str
    policy_sha256: str
    image_size: int
    render: str
    horizon: int
    replan: int
    assets: str
    asset_label: str
    expert: str
    demos: int
    steps: int
    batch_size: int
    num_heads: int | None
    max_steps: int
    mujoco: str
    inference: str
    engine: str = "fast"
    """What steps the physics of evaluation: fast, or reference (robosuite's own step)."""

    def identity(self) -> dict[str, Any]:
        """What all records of one run directory share. Where policy and assets were found is left out."""
        free = {*GROWING, "policy_spec", "assets"}
        if self.adapt_per == "suite":
            free.discard("task_ids")
        return {name: value for name, value in asdict(self).items() if name not in free}

    def adapt_key(self, method: str, task_id: int, seed: int) -> AdaptKey:
        """The adaptation that serves `task_id`."""
        trained = method != UNTRAINED
        return AdaptKey(
            policy=self.policy,
            method=method,
            suite=self.suite,
            tasks=(task_id,) if self.adapt_per == "task" else self.task_ids,
            demos=self.demos if trained else 0,
            steps=self.steps if trained else 0,
            seed=seed,
        )

    def cells(self) -> Iterator[tuple[AdaptKey, EpisodeKey]]:
        """Every episode with its adaptation. Scene by scene, so that a limit keeps methods paired."""
        count = 0
        for init_id in range(self.episodes):
            for seed in self.seeds:
                for task_id in self.task_ids:
                    for method in self.methods:
                        if self.limit is not None and count >= self.limit:
                            return
                        count += 1
                        adapt = self.adapt_key(method, task_id, seed)
                        yield adapt, EpisodeKey(adapt.adapt_id, self.suite, task_id, init_id, seed)

    def tasks(self) -> dict[int, Task]:
        """The suite's tasks, by id."""
        return {task.task_id: task for task in registry.find("suite", self.suite).tasks}


def resolve(options: Options, mujoco: str = MUJOCO) -> Study:
    """Turn what was asked for into a study. Raises UserError before anything is computed."""
    suite = registry.find("suite", options.suite)
    methods = parse_methods(options.method)
    amount = preset(options.preset)
    task_ids = parse_ids(options.tasks or amount.tasks, len(suite.tasks), "task", suite.name)
    seeds = parse_ids(options.seeds or amount.seeds, None, "seed", suite.name)
    episodes = options.episodes or amount.episodes
    if episodes > suite.init_count:
        raise UserError(
            f"--episodes {episodes}: {suite.name} has {suite.init_count} initial states a task; "
            "ask for fewer, or repeat them with --seeds"
        )
    policy = registry.module("baselines.adaptation").describe(options.policy)
    replan = options.replan or policy["replan"]
    if replan > policy["horizon"]:
        raise UserError(f"--replan {replan}: {policy['name']} predicts {policy['horizon']} actions a query")
    assets = policy["assets"] if options.assets == "auto" else options.assets
    return Study(
        suite=suite.name,
        methods=methods,
        task_ids=task_ids,
        seeds=seeds,
        episodes=episodes,
        limit=options.limit,
        adapt_per=options.adapt_per,
        policy=policy["name"],
        policy_spec=options.policy,
        policy_sha256=policy["sha256"],
        image_size=policy["image_size"],
        render=policy["render"] if options.render == "auto" else options.render,
        horizon=policy["horizon"],
        replan=replan,
        assets=assets,
        asset_label=asset_label(suite, assets),
        expert=getattr(suite, "expert_version", "1"),
        demos=options.demos or amount.demos,
        steps=options.steps or amount.steps,
        batch_size=options.batch_size or amount.batch_size,
        num_heads=options.num_heads,
        max_steps=suite.max_steps,
        mujoco=mujoco,
        inference=inference(options.inference, policy["total_params"]),
        engine=options.engine,
    )


def inference(asked: str, total_params: int) -> str:
    """Where policies are queried: `worker` or `server`. `auto` serves those that are too large to copy."""
    has_gpu = any(Path("/proc/driver/nvidia/gpus").glob("*"))
    if asked != "auto":
        return asked
    return "server" if has_gpu and total_params >= SERVED_FROM else "worker"


def asset_label(suite: Any, assets: str) -> str:
    """Name and hash of the asset pack; checks that its files are there. Some suites bring their own."""
    own = getattr(suite, "own_assets", "")
    return own or str(registry.module("benchmarks.assets.packs").resolve(assets).label)


def public_names(kind: str) -> list[str]:
    """Known names without the fakes, which are for tests and are found only when asked for."""
    return [name for name in registry.names(kind) if not name.startswith("fake")]


def parse_methods(text: str) -> tuple[str, ...]:
    """`all` or a comma list, without repetition, in the order given."""
    names = public_names("method") if text == "all" else [name.strip() for name in text.split(",")]
    known = registry.names("method")
    for name in names:
        if name not in known:
            raise UserError(f"unknown method {name!r}; known: all, {', '.join(public_names('method'))}")
    return tuple(dict.fromkeys(names))


def parse_ids(text: str, count: int | None, what: str, suite: str) -> tuple[int, ...]:
    """`all`, `3`, `0,3`, `0-9` or a mixture -> increasing ids, all below `count`."""
    valid = f"0 to {count - 1}" if count else "0 and above"
    if text == "all" and count:
        return tuple(range(count))
    ids: set[int] = set()
    for part in text.split(","):
        low, dash, high = part.strip().partition("-")
        if not (low.isdecimal() and (high.isdecimal() if dash else True)):
            raise UserError(f"{what} ids {text!r} are not of the form 0-9 or 0,3; valid: {valid}")
        ids.update(_span(int(low), int(high or low), what))
    if count and max(ids) >= count:
        raise UserError(f"no {what} {max(ids)} in {suite}; valid: {valid}")
    return tuple(sorted(ids))


def _span(low: int, high: int, what: str) -> Sequence[int]:
    if not low <= high <= low + 10_000:
        raise UserError(f"{what} range {low}-{high} is empty or too long; write the smaller id first")
    return range(low, high + 1)
