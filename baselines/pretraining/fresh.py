"""A pi0 with fresh weights for a set of instructions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from baselines.adaptable.device import pick_device
from baselines.adaptable.normalisation import Normalisation
from baselines.policies.pi0.architecture import build, make_config
from baselines.policies.pi0.pieces import PieceTokenizer, read_table
from baselines.policies.pi0.policy import Pi0Policy, Profile
from baselines.policies.pi0.sizes import Size
from baselines.policies.pi0.tokenizer import SPECIALS, Tokenizer, WordTokenizer
from baselines.policies.pi0.vocabulary import libero_instructions
from harness.core.errors import UserError


def fresh_policy(
    name: str, size: Size, instructions: Iterable[str], normalisation: Normalisation, seed: int
) -> Pi0Policy:
    """Of `size`, with weights from `seed`, for instructions of LIBERO and these.

    With `size.pieces` the vectors of words are the published ones and do not learn: a word that training
    never meets stays beside those that are alike it.
    """
    tokenizer: Tokenizer
    if size.pieces:
        pieces, vectors = read_table()
        if vectors.shape[1] != size.width:
            raise UserError(
                f"the table of word pieces is {vectors.shape[1]} wide, not {size.width}; make another"
            )
        tokenizer, tokens = PieceTokenizer(pieces), len(SPECIALS) + len(pieces)
    else:
        tokenizer = WordTokenizer.from_texts([*libero_instructions(), *instructions])
        tokens = len(tokenizer)
    model: Any = build(make_config(size, tokens), seed)
    if size.pieces:
        embedding = model.model.vlm.get_input_embeddings()
        with torch.no_grad():
            # The layer multiplies by the root of the width: variance 1 where the first block reads.
            embedding.weight[len(SPECIALS) :] = torch.from_numpy(vectors) / size.width**0.5
        embedding.weight.requires_grad_(False)
    profile = Profile(name=name, image_size=size.image_size, horizon=size.horizon)
    return Pi0Policy(model.to(pick_device()), tokenizer, normalisation, profile)
