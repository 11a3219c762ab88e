import pytest
import torch
from transformers.models.gemma.modeling_gemma import GemmaRMSNorm

from baselines.pi0.norm import Norm


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_equals_gemmas_norm_and_its_gradients(dtype) -> None:
    torch.manual_seed(0)
    base, own = GemmaRMSNorm(12), Norm(12)
    torch.nn.init.normal_(base.weight)
    own.load_state_dict(base.state_dict())
    x, direction = torch.randn(2, 3, 5, 12).to(dtype)
    x.requires_grad_(True)
    found = []
    for norm in (base, own):
        out = norm(x)
        assert out.dtype == dtype
        found.append((out, *torch.autograd.grad((out * direction).sum(), (x, norm.weight))))
    tolerance = 1e-5 if dtype == torch.float32 else 2e-2
    for expected, got in zip(*found, strict=True):
        assert torch.allclose(got, expected, rtol=tolerance, atol=tolerance)


def test_a_frozen_weight_gets_no_gradient() -> None:
    norm = Norm(4).requires_grad_(False)
    x = torch.randn(3, 4, requires_grad=True)
    norm(x).sum().backward()
    assert norm.weight.grad is None
    assert x.grad is not None
