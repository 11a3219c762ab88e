"""Word pieces with published vectors, and other wordings of instructions."""

from dataclasses import replace

import numpy as np
import torch

from baselines.adaptable.normalisation import Normalisation
from baselines.policies.pi0 import checkpoint
from baselines.policies.pi0.pieces import PieceTokenizer, read_table
from baselines.policies.pi0.sizes import BASE, TINY
from baselines.policies.pi0.tokenizer import END_ID, SPECIALS, UNKNOWN_ID
from baselines.policies.pi0.vocabulary import libero_instructions
from baselines.pretraining import piece_table, wordings
from baselines.pretraining.fresh import fresh_policy
from harness.core import registry


def test_every_instruction_has_eight_other_wordings_and_two_that_are_held_out() -> None:
    instructions = {task.instruction for task in registry.find("suite", "libero_90").tasks}
    assert len(instructions) == 74
    for text in instructions:
        read, unread = wordings.trained(text), wordings.held_out(text)
        assert (read[0], len(read), len(unread)) == (text, 9, 2)
        assert len({*read, *unread}) == 11
    verbs = {"deposit", "transfer", "fetch", "position", "seal", "slam", "activate", "deactivate", "unclose"}
    assert not verbs & {
        word for text in instructions for each in wordings.trained(text) for word in each.split()
    }
    assert verbs <= {
        word for text in instructions for each in wordings.held_out(text) for word in each.split()
    }


def test_wordings_keep_what_belongs_together() -> None:
    read = wordings.wordings("put the black bowl at the back on the plate")
    assert "move the black bowl at the back so that it is on the plate" in read
    assert wordings.wordings("sing a song") == ["sing a song"]


def test_words_of_libero_are_known_and_punctuation_is_none() -> None:
    tokenizer = PieceTokenizer(read_table()[0])
    ids, mask = tokenizer.encode(libero_instructions())
    assert UNKNOWN_ID not in ids
    assert (ids[np.arange(len(ids)), mask.sum(1) - 1] == END_ID).all()
    plain, _ = tokenizer.encode(["put the bowl down, please"])
    assert plain.tolist() == tokenizer.encode(["Put the bowl down please!"])[0].tolist()
    assert len(tokenizer.encode(["drop it"] * 2 + ["word " * 99])[0][2]) == 48


def test_words_that_are_alike_have_vectors_that_are_alike() -> None:
    pieces, vectors = read_table()
    assert vectors.shape == (len(pieces), BASE.width)
    assert abs(vectors.std() - 1) < 0.01
    place = {piece: number for number, piece in enumerate(pieces)}

    def alike(one: str, other: str) -> float:
        first, second = vectors[place[one]], vectors[place[other]]
        return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))

    for one, synonym, another in (
        ("plate", "dish", "drawer"), ("mug", "cup", "stove"), ("cabinet", "cupboard", "wine"),
        ("close", "shut", "put"),
    ):  # fmt: skip
        assert alike(one, synonym) > alike(one, another)


def test_projection_keeps_distances_as_far_as_the_width_allows() -> None:
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(50, 3)).astype(np.float32) @ rng.normal(size=(3, 20)).astype(np.float32)
    found = piece_table.projected(flat, 3)
    assert np.isclose(found.std(), 1)
    apart, wanted = (np.linalg.norm(each[:, None] - each, axis=-1) for each in (found, flat))
    assert np.allclose(apart / apart.max(), wanted / wanted.max(), atol=1e-4)


def test_published_vectors_stay_and_are_saved_with_the_checkpoint(tmp_path) -> None:
    size = replace(TINY, pieces=True, width=BASE.width)
    policy = fresh_policy("pieces", size, (), Normalisation.identity(8, 7), 0)
    embedding = policy.model.model.vlm.get_input_embeddings()
    pieces, vectors = read_table()
    assert not embedding.weight.requires_grad
    assert torch.allclose(embedding.weight[len(SPECIALS) :] * size.width**0.5, torch.from_numpy(vectors))
    checkpoint.save(policy, tmp_path)
    again = checkpoint.load(tmp_path, "cpu")
    assert isinstance(again.tokenizer, PieceTokenizer)
    assert again.tokenizer.pieces == pieces
