"""Pieces of words with published vectors, so that a word which is alike a known one is not unknown.

The table `minilm.npz` holds input embeddings of all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0), on
their first principal components. `baselines.pretraining.piece_table` made it and says from what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from baselines.policies.pi0.tokenizer import END_ID, MAX_TOKENS, PAD_ID, SPECIALS, padded
from harness.core import arrays

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TABLE = Path(__file__).with_name("minilm.npz")


@dataclass(frozen=True)
class PieceTokenizer:
    """WordPiece: the longest known pieces of each word, `##` before those that continue one."""

    pieces: tuple[str, ...]

    def __len__(self) -> int:
        return len(SPECIALS) + len(self.pieces)

    def encode(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Ids and mask, both [texts, longest]; every row ends with `<end>`."""
        found = [each.ids for each in self._inner.encode_batch(list(texts))]
        return padded([[*ids[: MAX_TOKENS - 1], END_ID] for ids in found], PAD_ID)

    def to_json(self) -> dict[str, list[str]]:
        """What a checkpoint says of its words."""
        return {"pieces": list(self.pieces)}

    @cached_property
    def _inner(self) -> Tokenizer:
        from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

        ids = {text: number for number, text in enumerate((*SPECIALS, *self.pieces))}
        inner = Tokenizer(models.WordPiece(ids, unk_token="<unk>"))
        inner.normalizer = normalizers.BertNormalizer(lowercase=True)
        # Punctuation is no part of an instruction, as for `WordTokenizer`.
        inner.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation("removed")]
        )
        return inner


def read_table() -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """The pieces, and their vectors [pieces, components], of variance 1 over all."""
    found = arrays.read(TABLE)
    pieces = tuple(found["pieces"].tobytes().decode().split())
    return pieces, found["codes"].astype(np.float32) * found["scales"].astype(np.float32)[:, None]
