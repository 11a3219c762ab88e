import pytest
import torch
from transformers.models.gemma.modeling_gemma import GemmaRMSNorm

from baselines.policies.pi0.rms_norm import Norm


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_equals_gemmas_norm_and_its_gradients(dtype) -> None:
    torch.manual_seed(0)
    base, own = GemmaRMSNorm(12), Norm(12)
    torch.nn.init.normal_(base.weight)
    own.load_state_dict(base.state_dict())
    x, direction = torch.randn(2, 3, 5, 12).to(dtype)
    x.requires_grad_(True)
    outputs, gradients = [], []
    for norm in (base, own):
        outputs.append(norm(x))
        gradients.append(torch.autograd.grad((outputs[-1] * direction).sum(), (x, norm.weight)))
    assert outputs[1].dtype == dtype
    assert torch.equal(*outputs)
    tolerance = 1e-5 if dtype == torch.float32 else 2e-2
    for expected, found in zip(*gradients, strict=True):
        assert torch.allclose(found, expected, rtol=tolerance, atol=tolerance)


def test_a_frozen_weight_gets_no_gradient() -> None:
    norm = Norm(4).requires_grad_(False)
    x = torch.randn(3, 4, requires_grad=True)
    norm(x).sum().backward()
    assert norm.weight.grad is None
    assert x.grad is not None


def test_the_policy_is_built_with_it(policy) -> None:
    norms = [module for module in policy.model.modules() if isinstance(module, GemmaRMSNorm)]
    assert norms
    assert all(type(module) is Norm for module in norms)
