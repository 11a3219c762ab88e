"""Head selection on a policy and a folder of demonstrations, without an adaptation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from baselines.data.frames import from_files, read_meta
from baselines.loading import describe, load_policy
from baselines.methods.steer import Steer
from baselines.policies.pi0.stats import Stats
from baselines.selection import heads
from baselines.training.batches import Batches
from baselines.training.image_features import embed_images
from baselines.training.trainability import probe
from harness.core.errors import UserError


def select_from_policy(
    policy_spec: str,
    demos: Path,
    selector: str,
    num_heads: int,
    ks: Sequence[int],
    seed: int,
    *,
    unit: str = "head",
    resamples: int = 0,
    stream: str = "language",
    token: str = "action_first",
    include_dead: bool = False,
) -> dict[str, Any]:
    """Select heads of `stream` from all demonstrations (.npz) in the folder `demos` and below it.

    `token` is where the language stream is read; the expert is always read at its first action token. The
    rest is as in `select_from_file.select_from_npz`. Raises UserError for unknown names, no demonstrations
    and too many heads.
    """
    paths = sorted(demos.rglob("*.npz"))
    if not paths:
        raise UserError(f"{demos} holds no demonstrations; make some with `python -m harness.demos`")
    for path in paths:
        read_meta(path)  # complains about files that are something else
    policy = load_policy(policy_spec)
    frames = from_files(paths, policy.image_size, policy.horizon)
    if policy.stats.is_identity:
        policy.stats = Stats.measure(frames.state, frames.actions)
    method = Steer(
        selector=selector,
        token=token,
        streams=(stream,),
        unit=unit,
        include_dead=include_dead,
    )
    alive = probe(Batches(policy, frames))
    rows = heads.keyframe_rows(frames)
    sha256 = describe(policy_spec).sha256
    embedded = embed_images(policy, frames)
    readings = heads.read_activations(policy, frames, embedded, rows, method, seed, sha256)
    found = heads.select_heads(
        frames, rows, readings, alive, method, num_heads, seed, policy, ks=tuple(ks), resamples=resamples
    )
    return heads.to_json(found, method)
