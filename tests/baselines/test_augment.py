from pathlib import Path

import numpy as np
import pytest
import torch

from baselines.data import augment
from baselines.data.augment import Change, augmented, changed, draw, is_wrist
from baselines.pipeline import recipes
from baselines.pipeline.adapt import Settings, adapt
from baselines.training.batches import Batches
from harness.core import registry
from harness.core.rng import derive_rng

GOLDEN = Path(__file__).parent / "augmax.npz"
"""Six images, what augmax 0.4.1 made of them in openpi's chain, and the numbers that it drew on the way."""


def golden() -> dict[str, torch.Tensor]:
    with np.load(GOLDEN) as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays}


def test_equals_augmax_on_the_same_inputs_and_draws() -> None:
    given = golden()
    images, expected = given.pop("images"), given.pop("expected")
    change = Change(**given)
    assert change.moved.sum() == change.coloured.sum() == 4  # each with and without the other
    found = changed(images.float() / 255, change)
    assert (found - expected).abs().max() < 5e-6


def test_extremes_stay_in_range() -> None:
    """Contrast 0 divides nothing by nothing; black, white and grey keep their hue."""
    count = 27
    ends = torch.tensor([-1.0, 0.0, 1.0])
    grid = torch.cartesian_prod(ends * augment.BRIGHTNESS, ends * augment.CONTRAST, ends * augment.HUE)
    yes = torch.ones(count, dtype=torch.bool)
    change = Change(torch.zeros(count, 2), torch.zeros(count), ~yes, *grid.T, yes)
    pixels = torch.rand(count, 6, 6, 3, generator=torch.Generator().manual_seed(0))
    pixels[:, 0], pixels[:, 1], pixels[:, 2] = 0.0, 1.0, 0.25
    found = changed(pixels, change)
    assert torch.isfinite(found).all()
    assert -1e-6 <= found.min() <= found.max() <= 1 + 1e-6
    grey = found[:, :3]
    assert (grey.amax(-1) - grey.amin(-1)).max() < 1e-6
    assert torch.allclose(found[13], pixels[13], atol=1e-6)  # nothing by all three


def test_draws_cover_what_they_say() -> None:
    drawn = draw(np.ones(4000, bool), 80, derive_rng("test"))
    assert 1.95 < drawn.shift.abs().max() <= 2.0  # 76 of 80 pixels
    assert 4.9 < torch.rad2deg(drawn.angle.abs().max()) <= 5.0
    for values, most in ((drawn.brightness, 0.3), (drawn.contrast, 0.4), (drawn.hue, 0.1)):
        assert 0.98 * most < values.abs().max() <= most
    assert 0.45 < drawn.coloured.float().mean() < 0.55


def test_wrist_cameras_keep_their_geometry() -> None:
    assert [is_wrist(name) for name in ("agentview", "robot0_eye_in_hand", "wrist")] == [False, True, True]
    yy, xx = np.mgrid[:20, :20]
    pattern = ((yy + xx) % 2 * 255).astype(np.uint8)
    images = np.broadcast_to(pattern[..., None], (16, 2, 20, 20, 3)).copy()
    found = augment.augment(images, ("agentview", "wrist"), derive_rng("test"))
    assert found.dtype == np.uint8
    assert found.shape == images.shape
    outer, wrist = found[:, 0], found[:, 1]
    assert all(len(np.unique(image)) == 2 for image in wrist)  # colours change, edges stay
    assert all(len(np.unique(image)) > 50 for image in outer)
    assert np.array_equal(found, augment.augment(images, ("agentview", "wrist"), derive_rng("test")))


def test_batches_change_images_on_the_fly(batches) -> None:
    rows = np.arange(6)
    plain, again, other = (
        batches.loss(rows, derive_rng("test"), augmented=on).item() for on in (False, True, True)
    )
    assert again == other != plain


@pytest.mark.parametrize("name", ["paper", "released", "openpi"])
def test_published_recipes_augment_for_every_method(name) -> None:
    for method in map(lambda name: registry.find("method", name), registry.names("method")):
        assert method.augmented_copies == 0
        changed = recipes.apply(name, method)
        assert (changed.augmented_copies, changed.weight_decay) == (augment.COPIES, 1e-10)


def test_all_methods_see_the_same_copies(policy, frames, demos, monkeypatch) -> None:
    """Whether the vision tower is trained or not; where it is frozen, each copy is embedded once."""
    seen, embedded = {}, []
    real = Batches.__init__

    def spy(self, policy, frames, **options) -> None:
        if "frozen" in options:
            seen[method] = frames.images
            real_embed = policy.embed_images
            policy.embed_images = lambda images: embedded.append(len(images)) or real_embed(images)
        real(self, policy, frames, **options)

    monkeypatch.setattr(Batches, "__init__", spy)
    for method in ("full", "lora"):
        subject = registry.find("policy", "fake").load("cpu")
        embedded.clear()
        adapt(
            subject,
            recipes.apply("openpi", registry.find("method", method)),
            demos,
            Settings(steps=2, batch_size=4, seed=3),
        )
        assert sum(embedded) == (augment.COPIES * len(frames) if method == "lora" else 8)
    assert np.array_equal(seen["full"], seen["lora"])
    expected = augmented(frames, policy.needs.cameras, 3)
    assert np.array_equal(seen["full"], expected.images)
    assert len(expected) == augment.COPIES * len(frames)
    parts = np.split(expected.images, augment.COPIES)
    assert not any(np.array_equal(parts[0], other) for other in (frames.images, *parts[1:]))
    assert np.array_equal(expected.chunks[len(frames) :][: len(frames)], frames.chunks)


def test_the_moving_average_takes_the_place_of_the_weights(demos) -> None:
    """Against a plain rewriting: the mean of what `full` has after 0, 1 and 2 steps, decayed by 0.99."""
    after = []
    for name, steps in (("full", 1), ("full", 2), ("full-ema", 2)):
        subject = registry.find("policy", "fake").load("cpu")
        before = {key: value.clone() for key, value in subject.model.named_parameters()}
        adapt(subject, registry.find("method", name), demos, Settings(steps, 4, 0))
        after.append(dict(subject.model.named_parameters()))
    # One step ends its schedule as the first of two does: the warm-up is one step in both.
    one, two, mean = after
    for key, value in mean.items():
        expected = 0.99 * (0.99 * before[key] + 0.01 * one[key]) + 0.01 * two[key]
        assert torch.allclose(value, expected, atol=1e-6), key
    assert any(not torch.equal(value, two[key]) for key, value in mean.items())
