"""What is used of `transformers`, imported without what a pi0 on one device never needs.

As it is, importing a model brings torch's compiler with sympy, tensors distributed over devices and scipy's
optimizers: 96 MiB and 1.4 processor seconds in every worker, for decorators and type checks of other
models. torch's compiler is imported as usual by whoever compiles (`--compile`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch

__all__ = [
    "AttentionInterface",
    "AttentionMaskInterface",
    "AutoTokenizer",
    "DynamicCache",
    "GemmaRMSNorm",
    "PI0Config",
    "PI0ForConditionalGeneration",
    "apply_rotary_pos_emb",
    "eager_mask",
]

UNUSED = ("is_scipy_available", "is_torch_distributed_available", "is_torch_flex_attn_available")
"""Questions that transformers asks before it imports something, answered with no."""
COMPILER = "torch._dynamo"
SUBSCRIPTS = f"{COMPILER}._trace_wrapped_higher_order_op"


class LateSubscripts:
    """Stands for a class of torch's compiler that masks of a caller's own making are evaluated in."""

    def __new__(cls) -> Any:
        """An instance of that class."""
        from torch._dynamo._trace_wrapped_higher_order_op import TransformGetItemToIndex

        return TransformGetItemToIndex()


@contextmanager
def _compiler_left_out() -> Iterator[None]:
    """While inside, torch's compiler is a stand-in whose decorators return the function as it is."""
    if COMPILER in sys.modules:
        yield
        return
    compiler, subscripts = ModuleType(COMPILER), ModuleType(SUBSCRIPTS)
    compiler.__path__ = []
    for name in ("allow_in_graph", "assume_constant_result"):
        setattr(compiler, name, _unchanged)
    vars(subscripts)["TransformGetItemToIndex"] = LateSubscripts
    disable = torch.compiler.disable
    setattr(torch.compiler, "disable", _unchanged)  # noqa: B010  (its type is narrower)
    sys.modules |= {COMPILER: compiler, SUBSCRIPTS: subscripts}
    try:
        yield
    finally:
        setattr(torch.compiler, "disable", disable)  # noqa: B010
        del sys.modules[COMPILER], sys.modules[SUBSCRIPTS]


def _unchanged(function: Any = None, **_: Any) -> Any:
    """A decorator, or what makes one."""
    return _unchanged if function is None else function


def _answer_no() -> None:
    from transformers import utils
    from transformers.utils import import_utils

    for name in UNUSED:
        for module in (utils, import_utils):
            if hasattr(module, name):
                setattr(module, name, _no)


def _no() -> bool:
    return False


_answer_no()
with _compiler_left_out():
    from transformers import (
        AttentionInterface,
        AutoTokenizer,
        DynamicCache,
        PI0Config,
        PI0ForConditionalGeneration,
    )
    from transformers.masking_utils import AttentionMaskInterface, eager_mask
    from transformers.models.gemma.modeling_gemma import GemmaRMSNorm, apply_rotary_pos_emb
