"""What importing a policy brings along, each time in a process of its own."""

import subprocess
import sys

import pytest

HEAVY = ("torch._dynamo", "torch._inductor", "torch.distributed.tensor", "sympy", "scipy.optimize")


def output(code):
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()


def test_a_policy_comes_without_compiler_and_optimizers():
    code = "import sys, baselines.policies.pi0.policy, baselines.training.adapter, "
    code += "baselines.policies.pi0.checkpoint\n"
    assert output(code + f"print(*(name for name in {HEAVY} if name in sys.modules))") == []


@pytest.mark.slow
def test_torch_compiles_afterwards_and_masks_find_the_compilers_class():
    code = "\n".join(
        [
            "import torch, baselines.policies.pi0.checkpoint",
            "from transformers import masking_utils",
            "with masking_utils.TransformGetItemToIndex() as mode: print(type(mode).__module__)",
            "print(int(torch.compile(lambda x: x + 1, backend='eager')(torch.ones(1))))",
        ]
    )
    assert output(code) == ["torch._dynamo._trace_wrapped_higher_order_op", "2"]
