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


def rewritten(path, **changes):
    with np.load(path) as archive:
        content = dict(archive)
    np.savez(path, **content | {name: change(content) for name, change in changes.items()})


def nan_in(content):
    values = content["activations"].copy()
    values[0, 0, 0, 0] = np.nan
    return values


FORGED = {
    "other numbers": {"activations": lambda content: content["activations"] + 1},
    "another shape": {"activations": lambda content: content["activations"][:, :1]},
    "another size": {"activations": lambda content: content["activations"].repeat(2, axis=3)},
    "not numbers": {"activations": nan_in},
    "doubles": {"activations": lambda content: content["activations"].astype(np.float64)},
    "another policy": {"origin": lambda content: str(content["origin"]).replace("abc", "abd")},
    "no seal": {"sha256": lambda content: ""},
}


@pytest.mark.parametrize("forged", FORGED)
def test_forged_files_are_made_again(policy, frames, embedded, reads, forged) -> None:
    asked = policy, "abc", frames, embedded, ROWS, "prefix_last", 0
    sound = activation_cache.read(*asked)
    (path,) = activation_cache.folder().iterdir()
    rewritten(path, **FORGED[forged])
    again = activation_cache.read(*asked)
    assert not again.cached
    assert np.array_equal(again.values, sound.values)
    assert activation_cache.read(*asked).cached


def test_files_of_something_else_are_made_again(policy, frames, embedded, reads) -> None:
    """Another policy whose hash begins alike, another seed, another reading: renamed to what is asked for."""
    asked = policy, "a" * 64, frames, embedded, ROWS, "prefix_last", 0
    sound = activation_cache.read(*asked)
    (path,) = activation_cache.folder().iterdir()
    for other in (("a" * 16 + "b" * 48, "prefix_last", 0), ("a" * 64, "prefix_last", 1)):
        path.unlink()
        activation_cache.read(policy, other[0], frames, embedded, ROWS, *other[1:])
        (found,) = activation_cache.folder().iterdir()
        found.rename(path)
        again = activation_cache.read(*asked)
        assert not again.cached
        assert np.array_equal(again.values, sound.values)


def test_a_cache_that_cannot_be_written_costs_time_only(policy, frames, embedded, reads, tmp_path) -> None:
    (tmp_path / "activations").write_text("a file in place of the folder")
    for _ in range(2):
        assert not activation_cache.read(policy, "abc", frames, embedded, ROWS, "prefix_last", 0).cached


def test_policies_without_a_hash_are_not_kept(policy, frames, embedded, reads) -> None:
    for sha in activation_cache.ANONYMOUS:
        activation_cache.read(policy, sha, frames, embedded, ROWS, "prefix_last", 0)
    assert not activation_cache.folder().exists()
