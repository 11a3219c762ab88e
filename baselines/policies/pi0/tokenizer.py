"""Text to token ids: whole words of a closed vocabulary, or the tokenizer of a published checkpoint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PAD_ID, IMAGE_ID, UNKNOWN_ID, END_ID = range(4)
SPECIALS = ("<pad>", "<image>", "<unk>", "<end>")
MAX_TOKENS = 48
"""Longest prompt, as in pi0 (openpi `max_token_len`); the rest is cut."""

_WORD = re.compile(r"[a-z0-9]+")


class Tokenizer(Protocol):
    """Anything that turns instructions into right-padded ids."""

    def encode(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Ids and mask, both [texts, longest]; mask is True on real tokens."""


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Ids and mask, both [rows, longest], with `pad` on the right."""
    ids = np.full((len(rows), max(map(len, rows))), pad, np.int64)
    for target, row in zip(ids, rows, strict=True):
        target[: len(row)] = row
    return ids, ids != pad


def split_words(text: str) -> list[str]:
    """Lower-case words and numbers of `text`, without punctuation."""
    return _WORD.findall(text.lower())


@dataclass(frozen=True)
class WordTokenizer:
    """One id per word; a word outside the vocabulary becomes `<unk>`."""

    words: tuple[str, ...]

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> WordTokenizer:
        """The vocabulary of `texts`, sorted so that the ids depend on its content only."""
        return cls(tuple(sorted({word for text in texts for word in split_words(text)})))

    def __len__(self) -> int:
        return len(SPECIALS) + len(self.words)

    def encode(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Ids and mask, both [texts, longest]; every row ends with `<end>`."""
        index = {word: len(SPECIALS) + place for place, word in enumerate(self.words)}
        rows = [[index.get(word, UNKNOWN_ID) for word in split_words(text)] for text in texts]
        return padded([[*row[: MAX_TOKENS - 1], END_ID] for row in rows], PAD_ID)

    def to_json(self) -> dict[str, list[str]]:
        """What a checkpoint says of its words."""
        return {"words": list(self.words)}


@dataclass(frozen=True)
class PretrainedTokenizer:
    """The tokenizer that ships with a published checkpoint."""

    inner: PreTrainedTokenizerBase

    def encode(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Ids and mask, both [texts, longest]; begins with `<bos>` and ends with a newline, as in pi0."""
        prompts = [f"{self.inner.bos_token or ''}{text.strip().lower()}\n" for text in texts]
        found = self.inner(
            prompts, padding="longest", padding_side="right", truncation=True, max_length=MAX_TOKENS,
            add_special_tokens=False, return_tensors="np",
        )  # fmt: skip
        return found["input_ids"].astype(np.int64), found["attention_mask"].astype(bool)
