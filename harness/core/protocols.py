"""The interfaces between the packages. Implementations are found by name (see harness.core.registry).

Subclass them: what most implementations leave as it is has its default here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from harness.core.dataset import Dataset
from harness.core.demonstration import IMAGE_EVERY, Demonstration, Setting, unvaried
from harness.core.keys import EpisodeKey, Task
from harness.core.specs import Interface, Observation, PolicyInfo

if TYPE_CHECKING:
    from harness.core.meter import Meter
    from harness.core.settings import Adaptation

REBUILT_KEPT = 2
"""Models compiled for variations that an environment keeps besides its own: about 150 MB each."""


class Env(Protocol):
    """A simulated task. Implementations are also `gymnasium.Env`; these calls are the lean path."""

    task: Task
    max_steps: int
    """Step budget after settling."""
    facts: dict[str, Any]
    """What the row of the present episode says beyond its outcome."""

    @property
    def engine(self) -> str:
        """What steps the physics: fast or reference. Recorded with every episode."""
        return ""

    @property
    def gl_renderer(self) -> str:
        """What draws its images: OpenGL device and driver. Recorded with every episode."""
        return ""

    def begin(self, key: EpisodeKey) -> None:
        """Reset to the initial state that `key` names and settle. Never a counter, never a hard reset."""

    def begin_sampled(self, key: EpisodeKey, rng: np.random.Generator) -> None:
        """Begin from a placement that `rng` draws, as demonstrations do; `key` says what is varied."""

    def advance(self, action: NDArray[np.floating[Any]]) -> bool:
        """Run one control step without rendering; True when the goal predicate holds."""

    def observe(self) -> Observation:
        """Render the cameras and read the state."""

    def close(self) -> None:
        """Free the simulation and its rendering context."""


@runtime_checkable
class Variation(Protocol):
    """A controlled change of an episode. One file each in benchmarks/variations."""

    name: str
    """Of one from outside of the project; a built-in one has the name of its file, and none here."""
    quantities: Sequence[float]
    """The physical quantity at each level, monotone; level 0 changes nothing."""
    unit: str
    changes: str
    """What is looked at to see that it worked: state, pixels, prompt or physics."""
    groups: Sequence[str]
    """Names such as paper or libero-plus under which it can be asked for together with others."""
    expects: str
    """`success`, or `failure` where a policy that heeds its instruction does not reach the old goal."""
    claims: str
    """What only one variation of an episode may decide, such as the prompt; empty for nothing."""

    def refusal(self, task: Task) -> str:
        """Why this task cannot be varied so; empty where it can."""

    def rebuild(self, level: int, task: Task, seed: int) -> Mapping[str, Any]:
        """Fields of the model that must be compiled for it; empty for a change of the compiled model."""

    def apply(self, edit: Any, level: int, rng: np.random.Generator) -> str:
        """Change a fresh episode at a level above 0; says in a few words what was changed."""


class Expert(Protocol):
    """A scripted expert with privileged state."""

    def actions(self, sim: Any, rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
        """Yield one clean action [action size] per control step until the plan is finished.

        `sim` is the simulation of an environment of its suite, at the start of an episode.

        The caller executes each action, possibly perturbed, before it asks for the next one, so the
        expert must look at the simulation anew at every step (closed loop).
        """


@runtime_checkable
class Suite(Protocol):
    """A set of tasks. One file each in benchmarks/suites."""

    name: str
    max_steps: int
    init_count: int
    """Number of official initial states of each task."""

    @property
    def tasks(self) -> Sequence[Task]:
        """All tasks; `task_id` counts from 0."""
        ...

    @property
    def gives(self) -> Interface:
        """Cameras, state and actions of its environments."""
        return Interface()

    @property
    def expert(self) -> Expert | None:
        """Solves its tasks with privileged state of the simulation; None where there is no such expert."""
        return None

    @property
    def expert_version(self) -> str:
        """Digest of what makes demonstrations."""
        return "1"

    @property
    def own_assets(self) -> str:
        """Label of assets that come with the suite, so that `--assets` does not matter."""
        return ""

    def asset_label(self, assets: str) -> str:
        """Name and hash of the assets that `--assets` means for this suite, checked; on every record.

        Raises UserError where they are not there or lack files.
        """
        return self.own_assets

    def asset_directory(self, assets: str) -> Path | None:
        """Directory of assets that workers on other machines must be sent; None where they have them."""
        return None

    def task_file(self, task_id: int) -> Path | None:
        """LIBERO's description of a task (BDDL); None where there is none."""
        return None

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Kinds of change by which `--dimensions` chooses tasks; empty for a suite of unchanged ones."""
        return ()

    def dimension(self, task_id: int) -> str:
        """Which of `dimensions` a task changes; empty for none."""
        return ""

    def refusal(self, task_id: int) -> str:
        """Why a task cannot be run here, such as files that are on no registry; empty where it can."""
        return ""

    def released_instruction(self, task_id: int) -> str:
        """What published evaluations tell a policy, where that is not the task's instruction; else empty."""
        return ""

    @property
    def moved_object(self) -> str:
        """The object that the tasks are about, where no task file says; empty for none."""
        return ""

    @property
    def uses_mujoco(self) -> bool:
        """False where neither MuJoCo nor OpenGL is needed."""
        return True

    def init_states(self, task_id: int) -> NDArray[np.float64] | None:
        """The official initial states as flat MuJoCo states [init_count, 1 + nq + nv]; None where there are
        none such."""
        return None

    def make_env(self, task_id: int, *, assets: str, image_size: int, render: str, engine: str) -> Env:
        """Build the environment of one task (seconds); `assets` is what `--assets` takes.

        `engine` is `fast`, or `reference` for the simulator's own stepping; both give the same answers.
        """
        ...

    def demonstrate(
        self,
        task_id: int,
        seeds: Iterable[int],
        *,
        assets: str,
        image_size: int,
        render: str,
        setting: Setting = unvaried,
        image_every: int = IMAGE_EVERY,
    ) -> Iterator[tuple[int, Demonstration | None]]:
        """For each seed a successful expert demonstration, or None where the attempt failed.

        Placements are sampled by seed, never an official state. Seeds are drawn one by one when they are
        tried. What a seed yields depends on nothing but the seed and what `setting` varies it by; images are
        kept of every `image_every`-th control step. Raises RuntimeError where an episode cannot be varied so.
        """
        ...


@runtime_checkable
class Policy(Protocol):
    """A vision-language-action model that acts: enough to be evaluated by `--method frozen`.

    What else an adaptable one has: `baselines.adaptable.policy`.
    """

    @property
    def name(self) -> str:
        """Short name; part of ids."""
        ...

    @property
    def horizon(self) -> int:
        """Actions in a chunk."""
        ...

    @property
    def hardware(self) -> str:
        """What computes its actions: cpu, or the model of the GPU. Recorded with every episode."""
        return ""

    def act(
        self, observations: Sequence[Observation], rngs: Sequence[np.random.Generator]
    ) -> NDArray[np.float32]:
        """Action chunks [batch, horizon, action size] in [-1, 1]; flow noise of row i from `rngs[i]`."""
        ...


@runtime_checkable
class PolicySource(Protocol):
    """Describes and loads a policy. One file each in baselines/policies; nothing heavy is imported before."""

    @property
    def name(self) -> str:
        """The name that it is found by."""
        ...

    def describe(self) -> PolicyInfo:
        """What is known without loading any weights."""
        ...

    def load(self, device: str) -> Policy:
        """The policy on a device: auto (a GPU where there is one), cpu or cuda."""
        ...


class CheckpointFormat(Protocol):
    """Reads checkpoints whose config.json has its name as `model_type`. One file each in
    baselines/policies/formats."""

    @property
    def name(self) -> str:
        """The `model_type`."""
        ...

    def source(self, spec: str) -> PolicySource:
        """What describes and loads the checkpoint in a directory or of a hub id."""
        ...


class Method(Protocol):
    """A way to adapt a policy from demonstrations. One file each in baselines/methods; frozen dataclass."""

    name: str
    uses_heads: bool
    """Whether it adapts selected attention heads."""
    trains: bool
    """False for a method that leaves the policy as it is."""

    def trainable(self, policy: Any, heads: Any, trainability: Any) -> Any:
        """What to train (baselines.adaptable.trainable); the loop is the same for all methods."""


class Selector(Protocol):
    """A way to choose attention heads. One file each in baselines/selection/selectors; frozen dataclass."""

    name: str
    unit: str
    """What is chosen: `head`, or whole `layer`s."""
    better: str
    """Which scores are those of good units: `lower` or `higher`."""
    needs_policy: bool
    """Whether recorded activations are not enough."""

    def choose(self, problem: Any, rng: np.random.Generator) -> Any:
        """Choose units of a `baselines.selection.problem.Problem`; only selectors that draw use `rng`."""


class DatasetFormat(Protocol):
    """Reads and writes demonstrations as another project does. One file each in
    harness/interchange/formats."""

    @property
    def name(self) -> str:
        """What `--format` takes."""
        ...

    def recognises(self, path: Path) -> bool:
        """Whether a file or folder holds such a dataset."""
        ...

    def open(self, path: Path, cameras: Sequence[str]) -> Dataset:
        """What is in it, with images of these cameras. Raises UserError where a key is missing."""
        ...

    def write(
        self, folder: Path, demonstrations: Iterable[Demonstration], suite: Suite, *, in_videos: bool
    ) -> None:
        """Write demonstrations, with an image of every step, into an empty folder; those of a task follow
        each other. With `in_videos` images become videos where the format has them."""
        ...


class PolicySide(Protocol):
    """What the engine asks of policies and methods; `baselines.adaptation` is the one there is."""

    def describe(self, spec: str) -> PolicyInfo:
        """What is known of a policy before its weights are loaded. Raises UserError."""
        ...

    def method_groups(self) -> Mapping[str, tuple[str, ...]]:
        """Names that stand for several methods."""
        ...

    def check_compiler(self) -> None:
        """Raise UserError where finetuning steps cannot be compiled."""

    def adapt(
        self,
        policy_spec: str,
        method: str,
        demos: Sequence[Demonstration],
        asked: Adaptation,
        *,
        seed: int,
        adapt_id: str,
        adapter_path: Path,
        heads_path: Path | None,
        meter: Meter | None = None,
        progress: Callable[[int, int, float], None] | None = None,
    ) -> Mapping[str, Any]:
        """Adapt a policy and save the adapter; returns what its record says (`AdaptationRow`)."""
        ...

    def check_adapter(self, adapter_path: Path, policy_sha256: str) -> str:
        """The SHA-256 of an adapter's file. Raises DamagedFileError where it is not what was written, or
        belongs to another policy than the one of that hash."""
        ...

    def restore(self, policy_spec: str, adapter_path: Path | None) -> Policy:
        """The adapted policy. Raises DamagedFileError as `check_adapter`."""
        ...
