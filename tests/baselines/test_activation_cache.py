from dataclasses import replace

import numpy as np
import pytest

from baselines.selection import activation_cache


@pytest.fixture
def reads(monkeypatch, tmp_path):
    """How often the policy was run."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    count = []
    record = activation_cache.head_activations

    def counted(*given):
        count.append(given)
        return record(*given)

    monkeypatch.setattr(activation_cache, "head_activations", counted)
    return count


ROWS = np.array([0, 5, 9])


def test_recorded_once(policy, frames, embedded, reads) -> None:
    first, second = (
        activation_cache.read(policy, "abc", frames, embedded, ROWS, "prefix_last", 0) for _ in range(2)
    )
    assert len(reads) == 1
    assert (first.cached, second.cached) == (False, True)
    assert np.array_equal(first.values, second.values)
    assert first.recorded_s == second.recorded_s > 0
    assert first.flops == second.flops > 0


def test_whatever_the_policy_sees_counts(policy, frames, embedded, reads) -> None:
    images = frames.images.copy()
    images[5, 0, 0, 0, 0] += 1
    variants = [
        ("abc", frames, embedded, ROWS, "prefix_last", 0),
        ("abd", frames, embedded, ROWS, "prefix_last", 0),
        ("abc", frames, embedded, ROWS[1:], "prefix_last", 0),
        ("abc", frames, embedded, ROWS, "action_clean", 0),
        ("abc", frames, embedded, ROWS, "prefix_last", 1),
        ("abc", replace(frames, images=images), embedded, ROWS, "prefix_last", 0),
        ("abc", replace(frames, state=frames.state + 1), embedded, ROWS, "prefix_last", 0),
        ("abc", replace(frames, instructions=("lift",)), embedded, ROWS, "prefix_last", 0),
    ]
    assert not any(activation_cache.read(policy, *given).cached for given in variants)
    assert all(activation_cache.read(policy, *given).cached for given in variants)
    assert len(reads) == len(variants)


def test_damaged_files_are_replaced(policy, frames, embedded, reads) -> None:
    activation_cache.read(policy, "abc", frames, embedded, ROWS, "prefix_last", 0)
    (path,) = activation_cache.folder().iterdir()
    path.write_bytes(path.read_bytes()[:100])
    assert not activation_cache.read(policy, "abc", frames, embedded, ROWS, "prefix_last", 0).cached
    assert activation_cache.read(policy, "abc", frames, embedded, ROWS, "prefix_last", 0).cached


def test_policies_without_a_hash_are_not_kept(policy, frames, embedded, reads) -> None:
    for sha in activation_cache.ANONYMOUS:
        activation_cache.read(policy, sha, frames, embedded, ROWS, "prefix_last", 0)
    assert not activation_cache.folder().exists()
