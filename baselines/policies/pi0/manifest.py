"""The readable part of a checkpoint directory, checked against its weights, without torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from baselines.policies.sources import weights
from harness.core.errors import UserError
from harness.core.record_lines import parsed
from harness.core.run_paths import is_file_part
from harness.core.specs import PolicyInfo, StreamInfo

WEIGHTS, CONFIG, POLICY = "model.safetensors", "config.json", "policy.json"

MOST = 4096
"""Of what is counted in `policy.json`: pixels of a side, actions, denoising steps."""

MOST_LAYERS = 1000
"""Of a stream, and heads of a layer."""

Checked = TypeVar("Checked")


@dataclass(frozen=True)
class Manifest:
    """What `policy.json` says."""

    name: str
    image_size: int
    """Pixels."""
    horizon: int
    """Actions in a chunk."""
    replan: int
    """Actions that are executed a query."""
    denoise_steps: int
    render: str
    training: Mapping[str, object]
    """How it was pretrained; `tasks` ("suite/id" -> demonstrations) says on what."""
    stats: Mapping[str, list[float]]
    """See `baselines.adaptable.normalisation`."""
    words: tuple[str, ...]
    """The vocabulary, in the order of their ids; or `pieces` of words."""
    pieces: tuple[str, ...]
    total_params: int
    weights_sha256: str
    """Of the weights that it was written with; empty where it does not say."""


def describe(directory: Path) -> PolicyInfo:
    """What the engine needs to know before it loads any weights.

    Raises UserError where files are missing, damaged or do not belong together.
    """
    about = read(directory)
    text = _parsed(directory / CONFIG, _text_config)
    suite, task_ids = _parsed(directory / POLICY, lambda _: pretrained_on(about.training))
    path = directory / WEIGHTS
    found, digest = weights.numbers(weights.shapes(path)), weights.sha256([path])
    if found != about.total_params:
        raise UserError(
            f"policy directory {str(directory)!r}: {POLICY} says {about.total_params} parameters, "
            f"{WEIGHTS} has {found}; copy the directory again, as a whole"
        )
    if about.weights_sha256 not in ("", digest):
        raise UserError(f"{path} is not the one that {POLICY} was written with; copy the directory again")
    return PolicyInfo(
        name=about.name,
        image_size=about.image_size,
        render=about.render,
        horizon=about.horizon,
        replan_steps=about.replan,
        total_params=about.total_params,
        sha256=digest,
        streams=streams(text),
        pretrained_suite=suite,
        pretrained_tasks=task_ids,
    )


def streams(text_config: Mapping[str, int]) -> tuple[StreamInfo, ...]:
    """Both streams of a pi0, which share one grid, from the configuration of its language model."""
    layers, heads = text_config["num_hidden_layers"], text_config["num_attention_heads"]
    kv_heads, size = text_config["num_key_value_heads"], text_config["head_dim"]
    return tuple(StreamInfo(name, layers, heads, kv_heads, size) for name in ("language", "expert"))


def pretrained_on(training: Mapping[str, object]) -> tuple[str, tuple[int, ...]]:
    """The suite with most of the tasks of a training, and their ids. Raises ValueError."""
    tasks, ids = training.get("tasks", {}), dict[str, list[int]]()
    for name in _mapping(tasks):
        suite, _, task_id = name.partition("/")
        ids.setdefault(suite, []).append(_whole(int(task_id), least=0, most=10**6))
    suite = max(ids, key=lambda name: len(ids[name]), default="")
    return suite, tuple(sorted(ids.get(suite, ())))


def read(directory: Path) -> Manifest:
    """`policy.json`. Raises UserError that names the missing files, or what is wrong with it."""
    lacking = [name for name in (WEIGHTS, CONFIG, POLICY) if not (directory / name).is_file()]
    if lacking:
        raise UserError(
            f"policy directory {str(directory)!r} lacks {', '.join(lacking)}; "
            "make one with `python -m harness.pretrain` or name a built-in policy"
        )
    return _parsed(directory / POLICY, _manifest)


def _parsed(path: Path, read: Callable[[Mapping[str, object]], Checked]) -> Checked:
    """What `read` makes of a JSON file. Raises UserError for one that is damaged."""
    try:
        return read(_mapping(parsed(path.read_bytes())))
    except (OSError, ValueError, TypeError) as error:
        why = getattr(error, "strerror", None) or " ".join(str(error).split())
    except KeyError as error:
        why = f"it lacks {error}"
    raise UserError(
        f"{path} is damaged ({why}); copy the checkpoint again, or write it with harness.pretrain"
    )


def _manifest(meta: Mapping[str, object]) -> Manifest:
    horizon, stats = _whole(meta["horizon"]), _mapping(meta["stats"])
    pieces = _texts(meta.get("pieces", []))
    numbers = [each for value in stats.values() if isinstance(value, list) for each in value]
    if not numbers or not all(isinstance(each, float | int) for each in numbers):
        raise ValueError("stats are no lists of numbers")
    name, render, digest = meta["name"], meta["render"], meta.get("weights_sha256", "")
    if not isinstance(name, str) or not is_file_part(name):
        raise ValueError("its name cannot be part of the name of a file")
    if render not in ("fast", "exact") or not isinstance(digest, str):
        raise ValueError("render is neither fast nor exact, or the hash is no text")
    return Manifest(
        name=name,
        image_size=_whole(meta["image_size"]),
        horizon=horizon,
        replan=_whole(meta["replan"], most=horizon),
        denoise_steps=_whole(meta["denoise_steps"]),
        render=str(render),
        training=_mapping(meta.get("training", {})),
        stats=cast("Mapping[str, list[float]]", stats),
        words=() if pieces else _texts(meta["words"]),
        pieces=pieces,
        total_params=_whole(meta["total_params"], most=2**50),
        weights_sha256=digest,
    )


def _text_config(config: Mapping[str, object]) -> dict[str, int]:
    text = _mapping(_mapping(config["vlm_config"])["text_config"])
    names = ("num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim")
    return {name: _whole(text[name], most=MOST_LAYERS) for name in names}


def _texts(value: object) -> tuple[str, ...]:
    if not (isinstance(value, list) and all(isinstance(word, str) for word in value)):
        raise ValueError("its words are no list of words")
    return tuple(value)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"{type(value).__name__} in place of an object")
    return value


def _whole(value: object, least: int = 1, most: int = MOST) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{str(value)[:40]!r} is no whole number from {least} to {most}")
    return value
