"""What a study is, setting by setting; `harness.core.schema` says what is derived from the fields.

Five parts, each handed to whoever needs it: the simulation, the policy, its adaptation, the scenes on which
it is judged, and how it is queried there. A value that stands for "as the policy says" on a command line is
replaced when the study is resolved (`harness.study.resolve`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.core.formats import ASSETS, Format, choice, listed, whole, word
from harness.core.ids import IDS, SEEDS
from harness.core.schema import Scope, found, setting

UNTRAINED = "frozen"
"""The method that every study is compared with: no demonstrations and no steps."""

RECIPES = ("auto", "paper", "released", "openpi")
INFERENCE = ("auto", "worker", "server")
MOST_DEMOS = 1000
"""A seed has so many candidates for demonstrations (harness.records.demo_store)."""

ENGINES = ("fast", "reference")
RENDER = ("auto", "exact", "fast")


@dataclass(frozen=True)
class Simulation:
    """What is simulated, and how it looks: shared by demonstrations and evaluation."""

    suite: str = setting("python -m harness.list suites", "", required=True, compared=True, paces=True)
    assets: str = setting("original, hub or DIR", "original", format=ASSETS, scope=Scope.FREE)
    engine: str = setting(
        "reference: robosuite's own step",
        "fast",
        format=choice(*ENGINES),
        compared=True,
        paces=True,
    )
    render: str = setting(
        "auto: what the policy was trained on", "auto", format=choice(*RENDER), compared=True, paces=True
    )
    image_size: int = found("side of the images, pixels: what the policy wants", 0)
    asset_label: str = found("name and hash of the assets", "", compared=True)
    expert: str = found("version of the scripted expert", "")
    demos_from: str | None = setting(
        "dataset of demonstrations, a path or hub id, in place of the scripted expert's",
        None,
        format=Format("PATH|HUB_ID", word),
        scope=Scope.FREE,
    )
    demos_label: str = found("format and hash of that dataset", "")
    demos_placements: str = found(
        "whether its demonstrations may begin where evaluation does: sampled, checked or unknown",
        "",
        scope=Scope.FREE,
    )
    max_steps: int = found("control steps of an episode after settling", 0, compared=True)
    mujoco: str = found("version; empty for a suite that does without", "", compared=True)


@dataclass(frozen=True)
class PolicyChoice:
    """What is adapted."""

    spec: str = setting(
        "name, directory or hub id", "pi0-small", flag="policy", key="policy_spec", scope=Scope.FREE
    )
    name: str = found("short name, part of every key", "", key="policy", paces=True)
    sha256: str = found("of the weights", "", key="policy_sha256", compared=True)
    horizon: int = found("actions in a chunk", 1)
    pretrained_suite: str = found("suite on which it was pretrained", "", scope=Scope.FREE)
    pretrained_tasks: tuple[int, ...] = found("tasks of that suite", (), scope=Scope.FREE)
    pretrained_max_steps: int = found("control steps of an episode of that suite", 0, scope=Scope.FREE)


@dataclass(frozen=True)
class Adaptation:
    """How it is adapted. Methods that differ in any of this are different methods."""

    methods: tuple[str, ...] = setting(
        "comma list of names, all or paper-table; python -m harness.list methods",
        (),
        flag="method",
        format=listed(),
        scope=Scope.GROWING,
        required=True,
    )
    adapt_per: str = setting(
        "one adaptation a task, or one for all of them", "task", format=choice("task", "suite")
    )
    demos: int = setting("demonstrations per task", 20, format=whole(1, MOST_DEMOS))
    steps: int = setting("finetuning steps", 600, format=whole(1, 10**7))
    batch_size: int = setting("frames per finetuning step", 32, format=whole(1, 10**5), paces=True)
    recipe: str = setting("hyper-parameters", "auto", format=choice(*RECIPES))
    lr_sweep: bool = setting(
        "choose each learning rate on held-out demonstrations: four trainings instead of one",
        False,
        negatable=True,
    )
    num_heads: int | None = setting("heads to select", None, format=whole(1))
    selector: str | None = setting("in place of knn; python -m harness.list selectors", None)
    include_inert_heads: bool = setting("also rank heads that cannot change the action", False)
    stability_splits: int = setting(
        "repeat selection on N random halves of the demonstrations", 0, format=whole(0, 1000)
    )
    compile: bool = setting(
        "finetune by compiled code: the same up to rounding (minutes of compiling; needs g++)",
        False,
        paces=True,
    )


@dataclass(frozen=True)
class Scenes:
    """On what the policies are judged."""

    task_ids: tuple[int, ...] = setting(
        "all, or ids as 0-9 or 0,3", (), flag="tasks", format=IDS, scope=Scope.GROWING, default_text="(all)"
    )
    dimensions: tuple[str, ...] = setting(
        "tasks that change these, as camera,noise: of suites that have dimensions (LIBERO-Plus)",
        (),
        format=listed(),
        scope=Scope.GROWING,
        default_text="(all that can be run)",
    )
    seeds: tuple[int, ...] = setting(
        "ids as 0-2 or 0,1,2: demonstrations, training, noise", (0,), format=SEEDS, scope=Scope.GROWING
    )
    episodes: int = setting(
        "episodes per task and seed: official initial states 0 to N - 1",
        10,
        format=whole(1),
        scope=Scope.GROWING,
    )
    limit: int | None = setting("at most N episodes in all", None, format=whole(1), scope=Scope.GROWING)
    variations: tuple[str, ...] = setting(
        "as lighting:1-4,distractors:2 or camera:1+sensor-fog:2 or paper; python -m harness.list variations",
        (),
        format=listed(),
        scope=Scope.GROWING,
    )
    unseen_tasks: int = setting(
        "also roll each task out as adapted to each of the N tasks after it in the study",
        0,
        scope=Scope.GROWING,
    )
    retention_episodes: int = setting(
        "episodes of each adaptation on tasks of the policy's pretraining", 0, scope=Scope.GROWING
    )


@dataclass(frozen=True)
class Evaluation:
    """How policies are queried."""

    replan_steps: int = setting(
        "actions executed per policy query",
        0,
        format=whole(1),
        compared=True,
        default_text="(the policy's own)",
    )
    inference: str = setting(
        "policies are queried in each worker, or in one server", "auto", format=choice(*INFERENCE)
    )


@dataclass(frozen=True)
class Settings:
    """All of a study."""

    simulation: Simulation = field(default_factory=Simulation)
    policy: PolicyChoice = field(default_factory=PolicyChoice)
    adaptation: Adaptation = field(default_factory=Adaptation)
    scenes: Scenes = field(default_factory=Scenes)
    evaluation: Evaluation = field(default_factory=Evaluation)
    references: tuple[str, ...] = found(
        "what was found by package.module:object, see harness.core.registry", (), scope=Scope.GROWING
    )
