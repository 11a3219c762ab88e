import numpy as np
import torch

from baselines.adaptable.normalisation import STD_FLOOR, Normalisation
from baselines.data import images
from baselines.policies.pi0 import network
from baselines.policies.pi0.tokenizer import END_ID, UNKNOWN_ID, WordTokenizer
from baselines.policies.pi0.vocabulary import libero_instructions


def test_unknown_words_and_punctuation() -> None:
    tokenizer = WordTokenizer.from_texts(["put the Bowl", "the plate"])
    assert tokenizer.words == ("bowl", "plate", "put", "the")
    ids, mask = tokenizer.encode(["Put the bowl!", "zebra"])
    assert ids.tolist() == [[6, 7, 4, END_ID], [UNKNOWN_ID, END_ID, 0, 0]]
    assert mask.sum(1).tolist() == [4, 2]


def test_long_prompts_are_cut() -> None:
    ids, _ = WordTokenizer(("a",)).encode(["a " * 100])
    assert ids.shape == (1, 48)
    assert ids[0, -1] == END_ID


def test_every_libero_instruction_is_covered() -> None:
    texts = libero_instructions()
    assert "pick up the black bowl next to the ramekin and place it on the plate" in texts
    assert not any("scene" in text.lower() for text in texts)
    ids, _ = WordTokenizer.from_texts(texts).encode(texts)
    assert UNKNOWN_ID not in ids


def test_fit_keeps_the_aspect_ratio() -> None:
    wide = np.full((1, 20, 40, 3), 200, np.uint8)
    out = images.fit(wide, 16)
    assert out.shape == (1, 16, 16, 3)
    assert (out[0, 4:12] == 200).all()
    assert not out[0, :4].any()
    assert not out[0, 12:].any()


def test_pixels_range() -> None:
    pixels = network.to_pixels(torch.tensor([0, 255], dtype=torch.uint8).reshape(1, 2, 1, 1, 1))
    assert pixels.flatten().tolist() == [-1.0, 1.0]


def test_stats_round_trip_and_floor() -> None:
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1, 1, (50, 7)).astype(np.float32)
    actions[:, 3] = 0.5
    stats = Normalisation.measure(rng.normal(size=(50, 8)).astype(np.float32), actions)
    assert stats.action_std[3] == np.float32(STD_FLOOR)
    assert np.allclose(stats.actions_out(stats.actions_in(actions)), actions, atol=1e-6)
    assert Normalisation.from_json(stats.to_json()).to_json() == stats.to_json()
    assert not stats.is_identity
    assert Normalisation.identity(8, 7).is_identity
