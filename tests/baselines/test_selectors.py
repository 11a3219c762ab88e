from dataclasses import replace

import numpy as np
import pytest
import torch

from baselines.selection import knn
from baselines.selection.problem import Problem
from baselines.selection.select_from_file import select_from_file
from baselines.selection.selectors.centroid import phases
from harness.core import registry
from harness.core.errors import UserError
from harness.core.rng import derive_rng

PLANTED = [(2, 1), (0, 3), (1, 0)]
NAMES = registry.names("selector")
NEED_POLICY = ["ablation", "fisher", "gradient"]
WITHOUT_POLICY = [name for name in NAMES if name not in NEED_POLICY]


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


class Told:
    """Tables that a policy could have given: the heads of PLANTED matter, the first one most."""

    def __init__(self, frames=60):
        self.table = 0.1 * derive_rng("told").random((frames, 3, 4))
        for place, (layer, head) in enumerate(PLANTED):
            self.table[:, layer, head] += 3 - place

    def gradients(self):
        return self.table

    def gate_gradients(self):
        return -self.table  # signs do not matter

    def loss_increases(self, units):
        found = np.stack([sum(self.table[:, layer, head] for layer, head in unit) for unit in units], 1)
        found[::2] = np.nan
        return found

    def at(self, rows):
        part = Told()
        part.table = self.table[rows]
        return part


def problem(num_heads=3, **changes):
    return Problem(*planted(), num_heads, **({"sensitivity": Told()} | changes))


def choose(name, num_heads=3, seed=0, **changes):
    selector = registry.find("selector", name)
    return selector.choose(problem(num_heads, unit=selector.unit, **changes), derive_rng(seed))


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
    ((*found,),) = knn.errors([features], [[0]], actions, knn.blocks(allowed), (1, 10, 500))
    for k, error in zip((1, 10, 500), found, strict=True):
        assert error == pytest.approx(reference(features, actions.astype(float), episode, k), rel=1e-9)


def test_of_many_frames_only_the_nearest_are_sorted() -> None:
    activations, actions, episode, frame = planted(310, 5)
    features = activations[:, 0, 0].astype(np.float64)
    blocks = knn.blocks(knn.allowed_neighbours(episode, frame))
    found = knn.errors([features], [[0]], actions, blocks, (2, 5))[0]
    for k, error in zip((2, 5), found, strict=True):
        assert error == pytest.approx(reference(features, actions.astype(float), episode, k), rel=1e-9)


@pytest.mark.parametrize("frames", [16, 161, 400])
def test_largest_of_groups_are_the_largest(frames) -> None:
    values = torch.from_numpy(derive_rng("largest", frames).normal(size=(9, frames)))
    values[:, :7] = -torch.inf
    found, columns = knn._largest(values, 10)
    assert torch.equal(values.gather(1, columns), found)
    assert torch.equal(found.sort(1).values, values.topk(10).values.sort(1).values)


def test_heads_that_are_in_every_set_are_multiplied_once() -> None:
    whole = problem()
    alone = whole.set_errors([[1, 4, 6], [1, 4, 9]])
    assert np.allclose(whole.grown_errors([1, 4], [6, 9]), alone, rtol=1e-5)


def test_single_precision_keeps_small_distances() -> None:
    """Neighbours 1e-7 apart in cosine: 1 - cosine in single precision would be noise."""
    rng = derive_rng("near")
    features = (1 + 1e-3 * rng.normal(size=(60, 64))).astype(np.float32)
    _, actions, episode, frame = planted()
    allowed = knn.allowed_neighbours(episode, frame)
    found = knn.errors([features], [[0]], actions, knn.blocks(allowed), (60,))[0, 0]
    assert found == pytest.approx(reference(features.astype(float), actions, episode, 60), rel=1e-3)


def test_sets_share_products_and_are_scored_side_by_side() -> None:
    activations, actions, episode, frame = planted()
    allowed = knn.allowed_neighbours(episode, frame)
    parts = [activations[:, layer, head] for layer, head in PLANTED]
    sets = [[0], [1, 0], [0, 1, 2]]
    found = knn.errors(parts, sets, actions, knn.blocks(allowed), (10,))[:, 0]
    for chosen, error in zip(sets, found, strict=True):
        features = np.concatenate([parts[part] for part in chosen], 1).astype(float)
        assert error == pytest.approx(reference(features, actions.astype(float), episode, 10), rel=1e-5)


def test_a_neighbour_in_the_same_direction_is_copied() -> None:
    features = np.array([[1, 0], [3, 0], [1, 1]], float)
    actions = np.array([[5.0], [5.0], [-1e9]])  # any weight left on the third would show
    allowed = np.array([[0, 1, 1], [1, 0, 1], [1, 0, 0]], bool)
    found = knn.errors([features], [[0]], actions, knn.blocks(allowed), (2,))
    assert found[0, 0] == pytest.approx((5 + 1e9) ** 2 / 3, rel=1e-15)


GOLDEN = {
    "ablation": (PLANTED, 10),
    "centroid": ([(0, 0), (1, 3), (2, 2)], 30),
    "fisher": (PLANTED, 10),
    "gradient": (PLANTED, 10),
    "knn": (PLANTED, 10),
    "knn-greedy": ([(2, 1), (0, 3), (1, 1)], 10),
    "layers": ([(2, 0), (2, 1), (2, 2), (2, 3)], 10),
    "random": ([(0, 0), (0, 2), (2, 3)], 40),
    "variance": ([(2, 0), (2, 3), (1, 3)], 10),
    "worst": ([(2, 0), (1, 2), (0, 1)], 40),
}
"""Heads and k for the planted activations; those of knn and its controls were computed head by head."""


@pytest.mark.parametrize("name", NAMES)
def test_golden_selection(name) -> None:
    found = choose(name, seed="golden")
    assert (list(found.heads), found.k) == GOLDEN[name]


def test_golden_errors() -> None:
    by_k = {10: 0.34142418332987, 20: 0.35519496219204, 30: 0.37844548554200, 40: 0.41731330534100}
    assert choose("knn").mse_by_k == pytest.approx(by_k, rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_every_selector_keeps_the_contract(name) -> None:
    first, again, other = (choose(name, seed=seed) for seed in (0, 0, 1))
    assert first.heads == again.heads
    assert (first.heads != other.heads) == (name == "random")
    assert len(set(first.heads)) == len(first.heads) == (4 if first.unit == "layer" else 3)
    assert first.mse == min(first.mse_by_k.values()) == first.mse_by_k[first.k]
    assert list(first.mse_by_k) == [10, 20, 30, 40]
    assert first.scores.shape == (3, 4)
    assert np.isfinite(first.scores).all()
    assert first.better in ("lower", "higher")
    assert first.to_json()["selector"] == name


@pytest.mark.parametrize("name", NAMES)
def test_heads_that_are_out_of_the_question_are_never_chosen(name) -> None:
    usable = np.ones((3, 4), bool)
    usable[2] = usable[0, 3] = False
    found = choose(name, usable=usable)
    assert all(usable[head] for head in found.heads)
    assert np.array_equal(np.isfinite(found.scores), usable)


@pytest.mark.parametrize("name", NAMES)
def test_whole_layers(name) -> None:
    selector = replace(registry.find("selector", name), unit="layer")
    for asked, layers in ((1, 1), (4, 1), (5, 2), (12, 3)):
        found = selector.choose(problem(asked, unit="layer"), derive_rng(0))
        assert len(found.heads) == 4 * layers
        assert len({layer for layer, _ in found.heads}) == layers
        assert (np.ptp(found.scores, axis=1) == 0).all()


def test_chosen_heads_have_the_best_scores() -> None:
    for name in ("knn", "centroid", "variance", *NEED_POLICY):
        found = choose(name)
        sign = 1 if found.better == "lower" else -1
        order = np.argsort(sign * found.scores, axis=None, kind="stable")[:3]
        assert [divmod(int(place), 4) for place in order] == list(found.heads)


def test_the_set_is_scored_side_by_side() -> None:
    activations, actions, episode, _ = planted()
    chosen = choose("knn", 2)
    both = np.concatenate([activations[:, 2, 1], activations[:, 0, 3]], 1).astype(float)
    expected = reference(both, actions.astype(float), episode, chosen.k)
    assert chosen.mse == pytest.approx(expected, rel=1e-6)


def test_greedy_is_at_least_as_good_as_ranking() -> None:
    greedy, ranked = (choose(name, ks=(10,)) for name in ("knn-greedy", "knn"))
    assert greedy.heads[0] == ranked.heads[0]
    assert greedy.mse <= ranked.mse


def test_worst_is_the_other_end() -> None:
    assert not set(choose("worst", 9).heads) & set(PLANTED)


def test_centroids_tell_phases_apart() -> None:
    """A head that holds the phase is right everywhere; the others guess."""
    activations, actions, episode, frame = planted()
    actions[:, -1] = np.where(frame < 5, -1, 1)
    activations[:, 1, 2] = np.where(frame < 5, 1, -1)[:, None] + 0.1 * activations[:, 1, 2]
    selector = registry.find("selector", "centroid")
    found = selector.choose(Problem(activations, actions, episode, frame, 1), derive_rng(0))
    assert found.heads == ((1, 2),)
    assert found.scores[1, 2] == 1.0
    assert (np.delete(found.scores.ravel(), 6) < 0.9).all()


def test_phases_count_gripper_changes_in_the_order_of_frames() -> None:
    actions = np.array([1, -1, -1, 1, -1, 0, 1.0])[:, None]
    assert phases(actions, np.zeros(7), np.arange(7)).tolist() == [0, 1, 1, 2, 3, 3, 4]
    order = np.array([3, 1, 0, 2])
    shuffled = phases(actions[:4][order], np.zeros(4), order)
    assert shuffled.tolist() == [2, 1, 0, 1]


def test_centroids_need_phases() -> None:
    activations, actions, episode, frame = planted()
    actions[:, -1] = 1
    selector = registry.find("selector", "centroid")
    with pytest.raises(UserError, match="the gripper command never changes"):
        selector.choose(Problem(activations, actions, episode, frame, 1), derive_rng(0))


def test_single_demonstration_keeps_its_distance() -> None:
    frame = np.array([0, 20, 35, 80])
    allowed = knn.allowed_neighbours(np.zeros(4), frame)
    assert [np.flatnonzero(row).tolist() for row in allowed] == [[2, 3], [3], [0, 3], [0, 1, 2]]
    with pytest.raises(UserError, match="the only demonstration spans 30 steps"):
        knn.allowed_neighbours(np.zeros(3), np.array([10, 20, 40]))


@pytest.mark.parametrize("name", NAMES)
def test_one_demonstration_is_enough_and_is_mentioned(name) -> None:
    activations, actions, _, _ = planted()
    selector = registry.find("selector", name)
    one = Problem(
        activations, actions, np.zeros(60), np.arange(60), 3, unit=selector.unit, sensitivity=Told()
    )
    found = selector.choose(one, derive_rng(0))
    assert "one demonstration cannot be left out" in found.notes[0]
    assert "2 of 60 frames have none" in found.notes[0]
    assert found.notes[1].startswith("k = 10, 20, 30, 40: some frames have 1 neighbours only")


def test_frames_without_neighbours_are_not_scored() -> None:
    features, actions = np.array([[1, 0], [0, 1], [1, 1]], float), np.array([[1.0], [100.0], [3.0]])
    allowed = knn.allowed_neighbours(np.zeros(3), np.array([0, 20, 40]))
    assert knn.errors([features], [[0]], actions, knn.blocks(allowed), (5,)).tolist() == [[4.0]]


@pytest.mark.parametrize("name", NEED_POLICY)
def test_recorded_activations_are_not_enough_for_some(name) -> None:
    with pytest.raises(UserError, match=f"selector '{name}' needs a policy, and a file of activations"):
        choose(name, sensitivity=None)


def test_scores_must_be_finite() -> None:
    told = Told()
    told.table[:] = np.nan
    with pytest.raises(UserError, match="'gradient' found scores that are not finite"):
        choose("gradient", sensitivity=told)


def test_bad_input_is_one_line() -> None:
    activations, actions, episode, frame = planted()
    for num_heads in (13, 0):
        with pytest.raises(UserError, match=rf"{num_heads} heads asked for; give 1 to 12 \(3 x 4\)"):
            problem(num_heads)
    with pytest.raises(UserError, match="same frames"):
        Problem(activations, actions[1:], episode, frame, 3)
    with pytest.raises(UserError, match="must be"):
        Problem(activations[0], actions, episode, frame, 3)
    with pytest.raises(UserError, match="unknown unit 'finger'; known: head, layer"):
        problem(unit="finger")
    activations[5, 1, 2, 0] = np.nan
    with pytest.raises(UserError, match="not finite at frame 5, layer 1, head 2"):
        Problem(activations, actions, episode, frame, 3)


@pytest.fixture
def recording(tmp_path):
    activations, actions, episode, frame = planted()
    np.savez(tmp_path / "a.npz", activations=activations, actions=actions, episode=episode, frame=frame)
    return tmp_path / "a.npz"


@pytest.mark.parametrize("name", WITHOUT_POLICY)
def test_selection_from_a_file(recording, name) -> None:
    found = select_from_file(recording, name, 3, (10, 20), 0)
    assert {"heads", "k", "mse", "mse_by_k", "scores", "selector"} <= set(found)
    assert list(found["mse_by_k"]) == ["10", "20"]
    assert found["inert"] is None
    assert found["stability"] is None
    if name == "knn":
        assert found["heads"] == [list(head) for head in PLANTED]


def test_bad_input_beside_a_file(recording) -> None:
    with pytest.raises(UserError, match=f"unknown selector 'best'; known: {', '.join(NAMES)}"):
        select_from_file(recording, "best", 3, (10,), 0)
    with pytest.raises(UserError, match="k must be positive"):
        select_from_file(recording, "knn", 3, (0,), 0)
    with pytest.raises(UserError, match="selector 'fisher' needs a policy"):
        select_from_file(recording, "fisher", 3, (10,), 0)


def test_unreadable_files(tmp_path) -> None:
    path = tmp_path / "a.npz"
    with pytest.raises(UserError, match="cannot read"):
        select_from_file(path, "knn", 3, (10,), 0)
    path.write_text("not an archive")
    with pytest.raises(UserError, match="cannot read"):
        select_from_file(path, "knn", 3, (10,), 0)
    np.savez(path, actions=np.zeros((2, 7)))
    with pytest.raises(UserError, match="lacks activations, episode, frame"):
        select_from_file(path, "knn", 3, (10,), 0)
