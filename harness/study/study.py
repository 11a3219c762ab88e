"""A study: everything resolved before anything is computed, and the keys that follow from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any

from harness.core import registry, variation_grammar
from harness.core.errors import UserError
from harness.core.ids import parse_ids
from harness.core.keys import AdaptKey, EpisodeKey, Task
from harness.core.specs import PolicyInfo
from harness.core.versions import MUJOCO
from harness.study.options import Options
from harness.study.presets import preset

UNTRAINED = "frozen"
"""The method that every study is compared with: no demonstrations and no steps."""

REDRAWN_FROM = 4
"""Demonstrations whose halves still leave one out."""

SERVED_FROM = 500_000_000
"""Parameters from which workers share one copy of the policy on a GPU: each copy takes 2 GB or more."""

GROWING = ("methods", "task_ids", "seeds", "episodes", "limit", "forgetting", "resamples", "variations")
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
    variations: tuple[str, ...]
    """Settings beside the clean episodes, such as lighting:2."""
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
    sweep: bool = False
    """Whether each learning rate is chosen on held-out demonstrations."""
    recipe: str = "auto"
    forgetting: int = 0
    """Episodes of each adaptation on tasks that the policy was pretrained on."""
    pretrained_suite: str = ""
    pretrained_tasks: tuple[int, ...] = ()
    selector: str | None = None
    """In place of k-NN regression, in methods that choose the best heads by it."""
    include_dead: bool = False
    """Whether heads that cannot change the action are ranked, too."""
    resamples: int = 0
    """Halves of the demonstrations on which selection is repeated."""
    engine: str = "fast"
    """What steps the physics of evaluation: fast, or reference (robosuite's own step)."""
    compile: bool = False
    """Whether finetuning steps are compiled: the same up to rounding, at another cost."""

    def identity(self) -> dict[str, Any]:
        """What all records of one run directory share. Where policy and assets were found is left out."""
        free = {*GROWING, "policy_spec", "assets", "pretrained_suite", "pretrained_tasks"}
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
        """Every episode with its adaptation. Scene by scene: a limit keeps methods and twins paired."""
        return islice(self._cells(), self.limit)

    def _cells(self) -> Iterator[tuple[AdaptKey, EpisodeKey]]:
        settings = self.settings()
        for init_id in range(self.episodes):
            for seed in self.seeds:
                for task_id in self.task_ids:
                    for setting, method in product(settings[task_id], self.methods):
                        adapt = self.adapt_key(method, self._adapted_to(task_id, setting), seed)
                        variation, level = variation_grammar.split(setting)
                        yield (
                            adapt,
                            EpisodeKey(adapt.adapt_id, self.suite, task_id, init_id, seed, variation, level),
                        )

    def settings(self) -> dict[int, tuple[str, ...]]:
        """Task -> what its episodes are run under: clean first, then the variations that it admits."""
        tasks = self.tasks()
        return {
            task_id: (
                variation_grammar.CLEAN,
                *(
                    setting
                    for setting in self.variations
                    if variation_grammar.admits(setting, tasks[task_id])
                ),
            )
            for task_id in self.task_ids
        }

    def _adapted_to(self, task_id: int, setting: str) -> int:
        """The task that the policy was adapted to: another one of the study where it shall be unseen."""
        shift = sum(
            level for name, level in variation_grammar.pairs(setting) if name == variation_grammar.UNSEEN
        )
        return self.task_ids[(self.task_ids.index(task_id) + shift) % len(self.task_ids)]

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
    demos, episodes = options.demos or amount.demos, options.episodes or amount.episodes
    if episodes > suite.init_count:
        raise UserError(
            f"--episodes {episodes}: {suite.name} has {suite.init_count} initial states a task; "
            "ask for fewer, or repeat them with --seeds"
        )
    check_selection(options, options.demos or amount.demos, len(task_ids))
    policy = registry.module("baselines.adaptation").describe(options.policy)
    check_count(options.num_heads, policy)
    suite.gives.check(policy.needs, suite.name, policy.name)
    replan = options.replan or policy.replan_steps
    if replan > policy.horizon:
        raise UserError(f"--replan {replan}: {policy.name} predicts {policy.horizon} actions a query")
    pretrained_suite, pretrained_tasks = pretrained_on(options.forgetting, policy, suite.name)
    assets = policy.assets if options.assets == "auto" else options.assets
    return Study(
        suite=suite.name,
        methods=methods,
        task_ids=task_ids,
        seeds=seeds,
        episodes=episodes,
        limit=options.limit,
        variations=variation_grammar.resolve(
            options.variations, [suite.tasks[task_id] for task_id in task_ids], options.adapt_per
        ),
        adapt_per=options.adapt_per,
        policy=policy.name,
        policy_spec=options.policy,
        policy_sha256=policy.sha256,
        image_size=policy.image_size,
        render=policy.render if options.render == "auto" else options.render,
        horizon=policy.horizon,
        replan=replan,
        assets=assets,
        asset_label=asset_label(suite, assets),
        expert=suite.expert_version,
        demos=demos,
        steps=options.steps or amount.steps,
        batch_size=options.batch_size or amount.batch_size,
        num_heads=options.num_heads,
        sweep=checked_sweep(amount.sweep if options.sweep is None else options.sweep, demos),
        recipe=options.recipe,
        max_steps=suite.max_steps,
        mujoco=mujoco,
        inference=inference(options.inference, policy.total_params),
        forgetting=options.forgetting,
        pretrained_suite=pretrained_suite,
        pretrained_tasks=pretrained_tasks,
        selector=options.selector,
        include_dead=options.include_dead,
        resamples=options.resamples,
        engine=options.engine,
        compile=checked_compile(options.compile),
    )


def check_selection(options: Options, demos: int, tasks: int) -> None:
    """Raise UserError for an unknown selector, and for demonstrations too few to be redrawn."""
    if options.selector is not None:
        known = public_names("selector")
        if options.selector not in known:
            raise UserError(f"unknown selector {options.selector!r}; known: {', '.join(known)}")
    available = demos * (tasks if options.adapt_per == "suite" else 1)
    if options.resamples and available < REDRAWN_FROM:
        raise UserError(
            f"--resamples {options.resamples}: {available} demonstrations cannot be redrawn; "
            f"give --demos {REDRAWN_FROM} or more"
        )


def check_count(asked: int | None, policy: PolicyInfo) -> None:
    """Raise UserError for more heads than a stream of the policy has."""
    for stream in policy.streams:
        most = stream.layers * stream.heads
        if asked is not None and asked > most:
            raise UserError(
                f"--num-heads {asked}: {policy.name} has {stream.layers} x {stream.heads} heads; "
                f"ask for at most {most}"
            )


def inference(asked: str, total_params: int) -> str:
    """Where policies are queried: `worker` or `server`. `auto` serves those that are too large to copy."""
    has_gpu = any(Path("/proc/driver/nvidia/gpus").glob("*"))
    if asked != "auto":
        return asked
    return "server" if has_gpu and total_params >= SERVED_FROM else "worker"


def checked_sweep(asked: bool, demos: int) -> bool:
    """Whether learning rates are swept; raises UserError where no demonstration could be held out."""
    if asked and demos < 2:
        raise UserError("--sweep holds one of the demonstrations out: give --demos 2 or more, or --no-sweep")
    return asked


def checked_compile(asked: bool) -> bool:
    """Whether finetuning steps are compiled; raises UserError where there is no compiler."""
    if asked:
        registry.module("baselines.training.compiling").check()
    return asked


def pretrained_on(episodes: int, policy: PolicyInfo, suite: str) -> tuple[str, tuple[int, ...]]:
    """Suite and tasks on which a policy was pretrained, as it says itself.

    Raises UserError where `episodes` are asked for and it does not say, or names the suite under study.
    """
    if episodes and not policy.pretrained_suite:
        raise UserError(
            f"--forgetting {episodes}: policy {policy.name!r} does not say what it was pretrained on; "
            "leave it out, or use pi0-small"
        )
    if episodes and policy.pretrained_suite == suite:
        raise UserError(
            f"--forgetting {episodes}: {suite} is what {policy.name!r} was pretrained on; "
            "choose another --suite"
        )
    return policy.pretrained_suite, policy.pretrained_tasks


def asset_label(suite: Any, assets: str) -> str:
    """Name and hash of the asset pack; checks that its files are there. Some suites bring their own."""
    own: str = suite.own_assets
    return own or str(registry.module("benchmarks.assets.packs").resolve(assets).label)


def public_names(kind: str) -> list[str]:
    """Known names without the fakes, which are for tests and are found only when asked for."""
    return [name for name in registry.names(kind) if not name.startswith("fake")]


def parse_methods(text: str) -> tuple[str, ...]:
    """A comma list of methods and groups of methods, without repetition, in the order given."""
    groups = registry.module("baselines.methods").GROUPS
    known = registry.names("method")
    names: list[str] = []
    for name in (part.strip() for part in text.split(",")):
        if name not in groups and name not in known:
            valid = ", ".join([*groups, *public_names("method")])
            raise UserError(f"unknown method {name!r}; known: {valid}")
        names += [member for member in groups.get(name, (name,)) if member in known]
    return tuple(dict.fromkeys(names))
