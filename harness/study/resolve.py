"""From what was asked for to a study: every `auto` replaced, everything checked, nothing computed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.core import registry, variation_grammar
from harness.core.errors import UserError
from harness.core.protocols import Suite
from harness.core.settings import Adaptation, Evaluation, PolicyChoice, Scenes, Settings, Simulation
from harness.core.specs import PolicyInfo
from harness.core.versions import MUJOCO
from harness.study.names import Named
from harness.study.scenes import tasks_of
from harness.study.study import Study

FEWEST_SPLIT = 4
"""Demonstrations whose halves still leave one out."""

SERVED_FROM = 500_000_000
"""Parameters from which workers share one copy of the policy on a GPU: each copy takes 2 GB or more."""


def resolve(asked: Settings, named: Named, mujoco: str = MUJOCO) -> Study:
    """Turn what was asked for, and what its names stand for, into a study.

    Raises UserError before anything is computed.
    """
    suite, policy = named.suite, named.policy
    _check_heads(asked.adaptation.num_heads, policy)
    _check_retention(asked.scenes.retention_episodes, policy, suite.name)
    check_training(asked.adaptation)
    evaluation = _evaluation(asked.evaluation, policy)
    scenes = _scenes(asked.scenes, suite)
    _check_unseen(asked.scenes.unseen_tasks, len(scenes.task_ids), asked.adaptation.adapt_per)
    _check_selection(asked.adaptation, len(scenes.task_ids))
    return Study(
        simulation=simulation(asked.simulation, suite, policy, mujoco),
        scenes=scenes,
        policy=PolicyChoice(
            spec=asked.policy.spec,
            name=policy.name,
            sha256=policy.sha256,
            horizon=policy.horizon,
            pretrained_suite=policy.pretrained_suite,
            pretrained_tasks=policy.pretrained_tasks,
            pretrained_max_steps=named.pretrained.max_steps if named.pretrained else 0,
        ),
        adaptation=replace(asked.adaptation, methods=named.methods, selector=named.selector),
        evaluation=evaluation,
        references=registry.references(),
    )


def simulation(asked: Simulation, suite: Suite, policy: PolicyInfo, mujoco: str) -> Simulation:
    """The simulation as `policy` wants to see it. Raises UserError where its assets are missing."""
    return replace(
        asked,
        suite=suite.name,
        asset_label=suite.asset_label(asked.assets),
        render=policy.render if asked.render == "auto" else asked.render,
        image_size=policy.image_size,
        expert=suite.expert_version,
        max_steps=suite.max_steps,
        mujoco=mujoco,
    )


def _scenes(asked: Scenes, suite: Suite) -> Scenes:
    task_ids = tasks_of(asked, suite)
    if suite.init_count == 1:  # then presets' episodes mean nothing
        asked = replace(asked, episodes=1)
    if asked.episodes > suite.init_count:
        raise UserError(
            f"--episodes {asked.episodes}: {suite.name} has {suite.init_count} initial states a task; "
            "ask for fewer, or repeat them with --seeds"
        )
    tasks = [suite.tasks[task_id] for task_id in task_ids]
    variations = variation_grammar.resolve(asked.variations, tasks)
    return replace(asked, task_ids=task_ids, variations=variations)


def _check_unseen(unseen: int, tasks: int, adapt_per: str) -> None:
    """Raise UserError where there are fewer unseen tasks than asked for."""
    if unseen and adapt_per == "suite":
        raise UserError(
            f"--unseen-tasks {unseen}: adapted to the suite, no task is unseen; give --adapt-per task"
        )
    if unseen >= max(1, tasks):
        raise UserError(
            f"--unseen-tasks {unseen} needs {unseen + 1} tasks, {tasks} are asked for; give more --tasks"
        )


def _evaluation(asked: Evaluation, policy: PolicyInfo) -> Evaluation:
    replan_steps = asked.replan_steps or policy.replan_steps
    if replan_steps > policy.horizon:
        raise UserError(
            f"--replan-steps {replan_steps}: {policy.name} predicts {policy.horizon} actions a query; "
            "ask for at most as many"
        )
    return Evaluation(replan_steps, inference(asked.inference, policy.total_params))


def inference(asked: str, total_params: int) -> str:
    """Where policies are queried: `worker` or `server`. `auto` serves those that are too large to copy."""
    has_gpu = any(Path("/proc/driver/nvidia/gpus").glob("*"))
    if asked != "auto":
        return asked
    return "server" if has_gpu and total_params >= SERVED_FROM else "worker"


def _check_selection(asked: Adaptation, tasks: int) -> None:
    """Raise UserError for demonstrations too few to be split."""
    available = asked.demos * (tasks if asked.adapt_per == "suite" else 1)
    if asked.stability_splits and available < FEWEST_SPLIT:
        raise UserError(
            f"--stability-splits {asked.stability_splits}: {available} demonstrations cannot be split; "
            f"give --demos {FEWEST_SPLIT} or more"
        )


def _check_heads(asked: int | None, policy: PolicyInfo) -> None:
    """Raise UserError for more heads than a stream of the policy has."""
    for stream in policy.streams:
        most = stream.layers * stream.heads
        if asked is not None and asked > most:
            raise UserError(
                f"--num-heads {asked}: {policy.name} has {stream.layers} x {stream.heads} heads; "
                f"ask for at most {most}"
            )


def check_training(asked: Adaptation) -> None:
    """Raise UserError where no demonstration could be held out, and where there is no compiler."""
    if asked.lr_sweep and asked.demos < 2:
        raise UserError(
            "--lr-sweep holds one of the demonstrations out: give --demos 2 or more, or --no-lr-sweep"
        )
    if asked.compile:
        registry.policy_side().check_compiler()


def _check_retention(episodes: int, policy: PolicyInfo, suite: str) -> None:
    """Raise UserError where it is unknown what a policy was pretrained on, or that is the suite itself."""
    if episodes and not policy.pretrained_suite:
        raise UserError(
            f"--retention-episodes {episodes}: policy {policy.name!r} does not say what it was pretrained "
            "on; leave it out, or use pi0-small"
        )
    if episodes and policy.pretrained_suite == suite:
        raise UserError(
            f"--retention-episodes {episodes}: {suite} is what {policy.name!r} was pretrained on; "
            "choose another --suite"
        )
