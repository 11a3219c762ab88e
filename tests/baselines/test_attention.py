import pytest
import torch
from transformers.models.gemma.modeling_gemma import eager_attention_forward

from baselines.policies.pi0.attention import grouped


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_equals_eager_attention(groups) -> None:
    torch.manual_seed(0)
    query = torch.randn(3, 4, 5, 8, requires_grad=True)
    key, value = torch.randn(2, 3, groups, 7, 8)
    mask = torch.where(torch.rand(3, 1, 5, 7) < 0.3, torch.finfo(torch.float32).min, 0.0)
    module = torch.nn.Module()
    module.num_key_value_groups = 4 // groups
    arguments = (module, query, key, value, mask)
    expected = eager_attention_forward(*arguments, scaling=0.3)[0]
    found = grouped(*arguments, scaling=0.3)[0]
    assert torch.allclose(found, expected, atol=1e-6)
    ones = [torch.autograd.grad(out.square().sum(), query)[0] for out in (expected, found)]
    assert torch.allclose(*ones, atol=1e-5)


def test_softmax_in_bfloat16_is_the_rounded_one_in_single_precision() -> None:
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 2, 4, 6, 8).bfloat16()
    module = torch.nn.Module()
    module.num_key_value_groups = 4
    query.requires_grad_(True)
    shared = key[:, :1], value[:, :1]
    found = grouped(module, query, *shared, None, scaling=0.3)[0]
    single = [part.float().detach() for part in (query, *shared)]
    single[0].requires_grad_(True)
    expected = grouped(module, *single, None, scaling=0.3)[0]
    assert found.dtype == torch.bfloat16
    assert torch.allclose(found.float(), expected, atol=2e-2)
    gradients = [
        torch.autograd.grad(out.float().square().sum(), leaf)[0].float()
        for out, leaf in ((found, query), (expected, single[0]))
    ]
    assert torch.allclose(*gradients, atol=5e-2)
