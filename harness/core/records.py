"""What the records of a run say, column by column, beside the settings of its study.

A row of episodes.jsonl is an `EpisodeRow`, an `Environment` and the settings that decide whether episodes
may be compared (`harness.core.schema`), by their keys; one of adaptations.jsonl is an `AdaptationRow` and
what else the policy's side says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields
from typing import Any

from harness.core.ids import LARGEST
from harness.core.run_paths import is_file_part
from harness.core.schema import keys
from harness.core.settings import Settings

EPISODE_STATUSES = ("success", "failure", "error")
ADAPTATION_STATUSES = ("done", "error")


LARGEST_NUMBER = 1e18
"""No record counts or measures more."""


@dataclass(frozen=True)
class Column:
    """What a field of a record says of itself beside its name and type."""

    help: str
    needed: bool = False
    """Tables group, pair or sum by it: no row is without it."""
    compared: bool = False
    """Episodes are compared only where it is the same."""
    least: float = 0
    most: float = LARGEST_NUMBER
    """Of numbers, which are finite."""
    in_names: bool = False
    """It is part of names of files: nothing in it leads elsewhere."""


def column(
    help: str,
    *,
    needed: bool = False,
    compared: bool = False,
    least: float = 0,
    most: float = LARGEST_NUMBER,
    in_names: bool = False,
) -> Any:
    """A dataclass field that is a column; where its type admits None it may be missing."""
    about = {"column": Column(help, needed, compared, least, most, in_names)}
    return field(metadata=about) if needed else field(metadata=about, default=None)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What work was done with, beside the settings of the study."""

    robosuite: str | None = column("version", compared=True)
    torch: str | None = column("version", compared=True)
    device: str | None = column("what computes the policy: cpu or model of the GPU", compared=True)
    gl_renderer: str | None = column("what draws the images", compared=True)
    source: str | None = column("digest of the code that decides results", compared=True)
    commit: str | None = column("of the checkout, with + where files differ from it")


@dataclass(frozen=True, kw_only=True)
class EpisodeRow:
    """One episode."""

    episode_id: str = column("readable and unique: adaptation and scene", needed=True)
    adapt_id: str = column("of the adaptation that acted", needed=True, in_names=True)
    scene_id: str = column("shared by all methods on the same scene", needed=True)
    twin_id: str | None = column("shared with the unvaried episode of the same initial state")
    task_id: int = column("of the suite, from 0", needed=True, most=LARGEST)
    task: str | None = column("its name")
    instruction: str | None = column("as the policy was given it")
    policy: str | None = column("its name")
    method: str = column("how the policy was adapted", needed=True, in_names=True)
    variation: str | None = column("none, a name, or a combination")
    level: int | None = column("of the variation, 0 to 4", most=9)
    init_id: int = column("initial state, from 0", needed=True, most=LARGEST)
    seed: int = column("of the adaptation", needed=True, most=LARGEST)
    status: str = column("success, failure or error: a crash is never a failure", needed=True)
    steps: int | None = column("control steps after settling")
    wall_s: float | None = column("seconds in all")
    env_s: float | None = column("seconds in the simulator")
    policy_s: float | None = column("seconds in the policy, waiting for it included")
    cpu_s: float | None = column("processor seconds of the worker")
    error: str | None = column("what went wrong; empty where nothing did")
    ended: str | None = column("date and time, UTC")
    inference: str | None = column("where the policy was queried: worker or server")
    quantity: float | None = column("physical quantity of the variation's level", least=-LARGEST_NUMBER)
    unit: str | None = column("of the quantity")
    changed: float | None = column(
        "how much the variation changed what it is looked at by", least=-LARGEST_NUMBER
    )
    detail: str | None = column("what the variation changed, in words")
    expects: str | None = column("success, or failure where a policy that heeds its instruction fails")
    apply_ms: float | None = column("milliseconds to apply the variation")
    rebuild_s: float | None = column("seconds to compile the model for it")


@dataclass(frozen=True, kw_only=True)
class AdaptationRow:
    """One adaptation. `AdaptationDetails` follow it."""

    adapt_id: str = column("readable and unique", needed=True, in_names=True)
    suite: str | None = column("of the demonstrations")
    tasks: list[int] | None = column("whose demonstrations it was adapted to")
    policy: str | None = column("its name")
    method: str | None = column("how it was adapted", in_names=True)
    seed: int | None = column("of demonstrations and training", most=LARGEST)
    demos: int | None = column("demonstrations per task")
    steps: int | None = column("finetuning steps")
    batch_size: int | None = column("frames per step")
    asset_label: str | None = column("name and hash of the assets")
    status: str | None = column("done or error")
    error: str | None = column("what went wrong; empty where nothing did")
    wall_s: float | None = column("seconds in all")
    demos_sha256: str | None = column(
        "of the files of the demonstrations, in order: what it was adapted from"
    )
    demo_s: float | None = column("seconds of the demonstrations, failed attempts included")
    load_s: float | None = column("seconds to load policy and demonstrations")
    activations_s: float | None = column("seconds to read activations")
    select_s: float | None = column("seconds to select heads")
    train_s: float | None = column("seconds of finetuning")
    checkpoint_s: float | None = column("seconds to write the adapter")
    trainable_params: int | None = column("parameters that were trained")
    total_params: int | None = column("parameters of the policy")
    device: str | None = column("cpu or model of the GPU")
    gpu_hours: float | None = column("missing on a processor, never converted")
    cpu_core_hours: float | None = column("missing on a GPU, never converted")
    peak_bytes: int | None = column("most memory in use")
    heads: list[Any] | None = column("selected heads, as [layer, head]")


@dataclass(frozen=True, kw_only=True)
class AdaptationDetails:
    """What the policy's side says of an adaptation beside that: all missing where it ended in an error."""

    params: dict[str, dict[str, int]] | None = column("by part of the policy: trained and total parameters")
    sweep_s: float | None = column("seconds of choosing the learning rate")
    optimiser_bytes: int | None = column("memory of the optimiser's state")
    energy_source: str | None = column("how energy was read; missing where it could not be")
    ledger: dict[str, dict[str, float | None]] | None = column(
        "by phase: wall_s, cpu_s, device_s, peak_bytes, energy_j (J), flops"
    )
    losses: list[float] | None = column("training losses, at most 200: means of consecutive steps")
    first_loss: float | None = column("of the first step")
    last_loss: float | None = column("mean of the last ten steps")
    learning_rate: float | None = column("peak")
    sweep: dict[str, Any] | None = column("held-out loss by learning rate that was tried")
    flops: int | None = column("floating-point operations of training")
    precision: str | None = column("number format of the forward pass")
    adapter: str | None = column("file of the weights; missing where nothing was trained")
    adapter_sha256: str | None = column("of that file")
    recipe: str | None = column("hyper-parameters that were asked for")


def columns(kind: type) -> Iterator[tuple[Field[Any], Column]]:
    """The columns of a record, with what they say of themselves."""
    for one in fields(kind):
        yield one, one.metadata["column"]


def names(kind: type, needed: bool = False) -> list[str]:
    """Of all columns of a record, or of those that no row is without."""
    return [one.name for one, about in columns(kind) if about.needed or not needed]


@dataclass(frozen=True)
class Check:
    """What the values of a column may be."""

    kinds: tuple[type, ...]
    about: Column

    def admits(self, value: object) -> bool:
        """Whether a record may have it."""
        if type(value) not in self.kinds:
            return False
        if isinstance(value, int | float):
            return self.about.least <= value <= self.about.most
        return not (self.about.in_names and isinstance(value, str)) or is_file_part(value)


def checks(kind: type) -> dict[str, Check]:
    """Column -> what its values may be: of numbers and text, and of what no row is without."""
    found: dict[str, Check] = {}
    for one, about in columns(kind):
        name, _, optional = str(one.type).partition(" | ")
        kinds = {"int": (int,) if about.needed else (int, float), "float": (int, float), "str": (str,)}
        if name in kinds:
            found[one.name] = Check((*kinds[name], *([type(None)] if optional else [])), about)
    return found


COMPARED = (
    *(key for key in keys(Settings, lambda about: about.compared) if key != "suite"),
    *(one.name for one, about in columns(Environment) if about.compared),
)
"""Columns of an episode's row in which episodes of one suite must agree to be compared."""

RECORDED_SETTINGS = tuple(keys(Settings, lambda about: about.compared))
"""Settings that every episode's row repeats."""

EPISODE_COLUMNS = (*names(EpisodeRow), *RECORDED_SETTINGS, *names(Environment))
ADAPTATION_COLUMNS = tuple(names(AdaptationRow))
