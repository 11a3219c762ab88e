from dataclasses import replace

import numpy as np
import pytest

from baselines import knn, lookup
from baselines.select import select_from_npz
from harness.types import UserError, derive_rng

PLANTED = [(2, 1), (0, 3), (1, 0)]


def planted(frames=60, episodes=6):
    """Heads whose activations are the action plus noise, ever less noisy from last to first."""
    rng = derive_rng("planted")
    actions = rng.normal(size=(frames, 3)).astype(np.float32)
    activations = rng.normal(size=(frames, 3, 4, 5)).astype(np.float32)
    mixed = actions @ rng.normal(size=(3, 5))
    for noise, (layer, head) in zip((0.02, 0.3, 0.6), PLANTED, strict=True):
        activations[:, layer, head] = mixed + noise * rng.normal(size=(frames, 5))
    frame = np.tile(np.arange(frames // episodes), episodes)
    return activations, actions, np.repeat(np.arange(episodes), frames // episodes), frame


def reference(features, actions, episode, k):
    """The definition, one frame at a time."""
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    squared = []
    for row in range(len(unit)):
        others = np.flatnonzero(episode != episode[row])
        distance = np.maximum(1 - unit[others] @ unit[row], 0)
        near = np.argsort(distance, kind="stable")[:k]
        if distance[near[0]] < 1e-8:
            found = actions[others[near[0]]]
        else:
            weights = 1 / (distance[near] + 1e-8)
            found = (weights / weights.sum()) @ actions[others[near]]
        squared.append((found - actions[row]) ** 2)
    return np.mean(squared)


@pytest.mark.parametrize("block", [7, 1024])
def test_errors_are_the_definition(monkeypatch, block) -> None:
    monkeypatch.setattr(knn, "BLOCK", block)
    activations, actions, episode, frame = planted()
    features = activations[:, 0, 0].astype(np.float64)
    allowed = knn.allowed_neighbours(episode, frame)
    found = knn.errors(features, actions, allowed, (1, 10, 500))
    for k, error in zip((1, 10, 500), found, strict=True):
        assert error == pytest.approx(reference(features, actions.astype(float), episode, k), rel=1e-9)


def test_a_neighbour_in_the_same_direction_is_copied() -> None:
    features = np.array([[1, 0], [3, 0], [1, 1]])
    actions = np.array([[5.0], [5.0], [-1e9]])  # any weight left on the third would show
    found = knn.errors(features, actions, np.array([[0, 1, 1], [1, 0, 1], [1, 0, 0]], bool), (2,))
    assert found[0] == pytest.approx((5 + 1e9) ** 2 / 3, rel=1e-15)


def test_knn_finds_the_planted_heads() -> None:
    chosen = lookup.find("selector", "knn").select(*planted(), 3, derive_rng(0))
    assert chosen.heads == tuple(PLANTED)
    assert chosen.mse == min(chosen.mse_by_k.values())
    assert chosen.mse == chosen.mse_by_k[chosen.k]
    assert list(chosen.mse_by_k) == [10, 20, 30, 40]
    assert chosen.scores.shape == (3, 4)
    order = np.argsort(chosen.scores, axis=None)[:3]
    assert [(place // 4, place % 4) for place in order] == PLANTED


def test_the_set_is_scored_side_by_side() -> None:
    activations, actions, episode, frame = planted()
    chosen = lookup.find("selector", "knn").select(activations, actions, episode, frame, 2, derive_rng(0))
    both = np.concatenate([activations[:, 2, 1], activations[:, 0, 3]], 1).astype(float)
    expected = reference(both, actions.astype(float), episode, chosen.k)
    assert chosen.mse == pytest.approx(expected, rel=1e-6)


def test_greedy_is_at_least_as_good_as_ranking() -> None:
    data = planted()
    greedy, ranked = (
        replace(lookup.find("selector", name), ks=(10,)).select(*data, 3, derive_rng(0))
        for name in ("knn-greedy", "knn")
    )
    assert greedy.heads[0] == ranked.heads[0]
    assert greedy.mse <= ranked.mse


def test_worst_is_the_other_end() -> None:
    worst = lookup.find("selector", "worst").select(*planted(), 9, derive_rng(0))
    assert not set(worst.heads) & set(PLANTED)


def test_random_follows_its_generator() -> None:
    draws = [lookup.find("selector", "random").select(*planted(), 5, derive_rng(s)).heads for s in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]
    assert len(set(draws[0])) == 5


def test_single_demonstration_keeps_its_distance() -> None:
    frame = np.array([0, 20, 35, 80])
    allowed = knn.allowed_neighbours(np.zeros(4), frame)
    assert [np.flatnonzero(row).tolist() for row in allowed] == [[2, 3], [3], [0, 3], [0, 1, 2]]
    with pytest.raises(UserError, match="the only demonstration spans 30 steps"):
        knn.allowed_neighbours(np.zeros(3), np.array([10, 20, 40]))


def test_frames_without_neighbours_are_not_scored() -> None:
    features, actions = np.array([[1, 0], [0, 1], [1, 1]]), np.array([[1.0], [100.0], [3.0]])
    allowed = knn.allowed_neighbours(np.zeros(3), np.array([0, 20, 40]))
    assert knn.errors(features, actions, allowed, (5,)).tolist() == [4.0]


@pytest.mark.parametrize("name", ["knn", "knn-greedy", "random", "worst"])
def test_bad_input_is_one_line(name) -> None:
    select = lookup.find("selector", name).select
    activations, actions, episode, frame = planted()
    with pytest.raises(UserError, match=r"13 heads asked for; give 1 to 12 \(3 x 4\)"):
        select(activations, actions, episode, frame, 13, derive_rng(0))
    with pytest.raises(UserError, match="same frames"):
        select(activations, actions[1:], episode, frame, 3, derive_rng(0))
    with pytest.raises(UserError, match="must be"):
        select(activations[0], actions, episode, frame, 3, derive_rng(0))
    activations[5, 1, 2, 0] = np.nan
    with pytest.raises(UserError, match="not finite at frame 5, layer 1, head 2"):
        select(activations, actions, episode, frame, 3, derive_rng(0))


def test_selection_from_a_file(tmp_path) -> None:
    path = tmp_path / "a.npz"
    activations, actions, episode, frame = planted()
    np.savez(path, activations=activations, actions=actions, episode=episode, frame=frame)
    found = select_from_npz(path, "knn", 3, (10, 20), 0)
    assert found["heads"] == [[2, 1], [0, 3], [1, 0]]
    assert set(found) == {"heads", "k", "mse", "mse_by_k", "scores", "selector"}
    assert list(found["mse_by_k"]) == ["10", "20"]
    with pytest.raises(UserError, match="unknown selector 'best'; known: knn, knn-greedy, random, worst"):
        select_from_npz(path, "best", 3, (10,), 0)
    with pytest.raises(UserError, match="k must be positive"):
        select_from_npz(path, "knn", 3, (0,), 0)


def test_unreadable_files(tmp_path) -> None:
    path = tmp_path / "a.npz"
    with pytest.raises(UserError, match="cannot read"):
        select_from_npz(path, "knn", 3, (10,), 0)
    path.write_text("not an archive")
    with pytest.raises(UserError, match="cannot read"):
        select_from_npz(path, "knn", 3, (10,), 0)
    np.savez(path, actions=np.zeros((2, 7)))
    with pytest.raises(UserError, match="lacks activations, episode, frame"):
        select_from_npz(path, "knn", 3, (10,), 0)
