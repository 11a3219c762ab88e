"""Head selection on a policy and a folder of demonstrations, without an adaptation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from baselines.adaptable.policy import AdaptablePolicy
from baselines.data.frames import from_files
from baselines.methods import HeadMethod
from baselines.methods.steer import Steer
from baselines.pipeline import heads
from baselines.policies.sources.spec import describe, load_policy
from baselines.training.features import embed_images
from baselines.training.trainability import probe
from harness.core.demonstration import Meta
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
    stability_splits: int = 0,
    stream: str = "language",
    reading: str = "action_clean",
    include_inert_heads: bool = False,
) -> dict[str, Any]:
    """Select heads of `stream` from all demonstrations (.npz) in the folder `demos` and below it.

    `reading` is where the stream is read; a stream whose heads cannot be ranked by it has a usual one. The
    rest is as in `select_from_file.select_from_file`. Raises UserError for unknown names, a policy that only
    acts, no demonstrations and too many heads.
    """
    paths = sorted(demos.rglob("*.npz"))
    if not paths:
        raise UserError(f"{demos} holds no demonstrations; make some with `python -m harness.demos`")
    for path in paths:
        Meta.load(path)  # complains about files that are something else
    policy = load_policy(policy_spec)
    if not isinstance(policy, AdaptablePolicy):
        raise UserError(f"policy {policy_spec!r} only acts: it names no heads; choose another --policy")
    frames = from_files(paths, policy.format)
    if policy.normalisation.is_identity:
        policy.normalisation = policy.normalisation.measure(frames.state, frames.actions)
    method: HeadMethod = Steer(
        selector=selector,
        reading=reading,
        streams=(stream,),
        unit=unit,
        include_inert_heads=include_inert_heads,
    )
    trainability = probe(policy, frames)
    features = embed_images(policy, frames)
    sha256 = describe(policy_spec).sha256
    material = heads.record(policy, frames, features, trainability, method, seed, sha256)
    found = heads.select(material, method, num_heads, ks=tuple(ks))
    if stability_splits:
        found = heads.with_stability(found, material, method, num_heads, stability_splits, ks=tuple(ks))
    return heads.to_json(found, policy, method)
