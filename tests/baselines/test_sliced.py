import pytest
import torch
from torch import nn

from baselines.training.sliced import SlicedOutput, SlicedQuery

HEADS, D_HEAD, D_MODEL, RANK = 4, 8, 24, 3
CHOSEN = (2, 0)


def make(kind):
    torch.manual_seed(0)
    wide = HEADS * D_HEAD
    base = nn.Linear(D_MODEL, wide) if kind is SlicedQuery else nn.Linear(wide, D_MODEL)
    layer = kind(base, CHOSEN, D_HEAD, RANK, torch.Generator().manual_seed(1))
    nn.init.normal_(layer.up)
    return layer


def full_delta(layer):
    """The weight change as a full-size matrix in which all other heads are masked."""
    delta = torch.zeros_like(layer.base.weight)
    for place, head in enumerate(CHOSEN):
        rows = slice(head * D_HEAD, (head + 1) * D_HEAD)
        if isinstance(layer, SlicedQuery):
            delta[rows] = (layer.down[place].T @ layer.up[place]).T
        else:
            delta[:, rows] = (layer.down[place] @ layer.up[place]).T
    return delta


@pytest.mark.parametrize("kind", [SlicedQuery, SlicedOutput])
def test_equals_a_masked_full_adapter(kind) -> None:
    layer = make(kind)
    x = torch.randn(2, 5, layer.base.in_features)
    expected = layer.base(x) + x @ full_delta(layer).T
    assert torch.allclose(layer(x), expected, atol=1e-5)


@pytest.mark.parametrize("kind", [SlicedQuery, SlicedOutput])
def test_gradients_equal_those_of_the_masked_adapter(kind) -> None:
    layer = make(kind)
    x = torch.randn(2, 5, layer.base.in_features)
    sliced = torch.autograd.grad(layer(x).square().sum(), (layer.down, layer.up))
    masked = layer.base(x) + x @ full_delta(layer).T
    expected = torch.autograd.grad(masked.square().sum(), (layer.down, layer.up))
    for own, other in zip(sliced, expected, strict=True):
        assert torch.allclose(own, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", [SlicedQuery, SlicedOutput])
def test_merging_changes_nothing(kind) -> None:
    layer = make(kind)
    x = torch.randn(2, 5, layer.base.in_features)
    expected = layer(x)
    assert torch.allclose(layer.merged()(x), expected, atol=1e-5)


@pytest.mark.parametrize("kind", [SlicedQuery, SlicedOutput])
def test_starts_as_the_base(kind) -> None:
    layer = kind(make(kind).base, CHOSEN, D_HEAD, RANK, torch.Generator().manual_seed(1))
    x = torch.randn(2, layer.base.in_features)
    assert torch.equal(layer(x), layer.base(x))


def test_twenty_heads_of_pi0_have_the_published_size() -> None:
    """20 heads, d_model 2048, d_head 256, rank 16: 2 x 16 x (2048 + 256) each."""
    total = 0
    for chosen in ((0, 1, 2, 3, 4, 5, 6, 7), (1, 3, 5), (0,), (0, 1, 2, 3, 4, 5, 6, 7)):
        for kind in (SlicedQuery, SlicedOutput):
            base = nn.Linear(2048, 2048, bias=False, device="meta")
            layer = kind(base, chosen, 256, 16, torch.Generator())
            total += layer.down.numel() + layer.up.numel()
    assert total == 1_474_560
