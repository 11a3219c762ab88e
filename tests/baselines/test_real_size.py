"""What every method trains at the real size of pi0, on the meta device: nothing is stored or computed."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import PI0Config, PI0ForConditionalGeneration

from baselines.adaptable.normalisation import Normalisation
from baselines.adaptable.trainable import Trainability
from baselines.policies.pi0.network import encode_prefix, flow_loss, image_tokens
from baselines.policies.pi0.policy import Pi0Policy, Profile
from baselines.policies.pi0.tokenizer import WordTokenizer
from baselines.training.attach import attach
from harness.core import registry

LAYERS, HEADS = 18, 8
WIDTH, FF, QUERY, KEY = 2048, 16384, 2048, 256  # language stream; 8 heads of 256, 1 key-value head
EXPERT_WIDTH, EXPERT_FF = 1024, 4096
ACTION = STATE = 32
VOCABULARY = 257152


def low_rank(rank: int, width: int, ff: int) -> tuple[int, int, int]:
    """Adapters of one layer: queries and output, keys and values, feed-forward."""
    return rank * 2 * (width + QUERY), rank * 2 * (width + KEY), rank * 3 * (width + ff)


LANGUAGE = low_rank(16, WIDTH, FF)
EXPERT = low_rank(32, EXPERT_WIDTH, EXPERT_FF)

# The last language layer passes on keys and values only.
LANGUAGE_ATTENTION = (LAYERS - 1) * LANGUAGE[0] + LAYERS * LANGUAGE[1]
FEED_FORWARD = (LAYERS - 1) * LANGUAGE[2]
EXPERT_ATTENTION = LAYERS * (EXPERT[0] + EXPERT[1])

# 20 heads of rank 16: for query and output a factor on the stream's side and one on the head's.
HEADS_20 = 20 * 2 * 16 * (WIDTH + 256)
EXPERT_HEADS_20 = 20 * 2 * 16 * (EXPERT_WIDTH + 256)
ALL_HEADS = (LAYERS - 1) * HEADS * 2 * 16 * (WIDTH + 256)  # of every layer but the last, which cannot act
LAYERS_3 = 3 * HEADS * 2 * 16 * (WIDTH + 256)  # the fewest whole layers with 20 heads

PROJECTIONS = sum(
    inner * outer + outer
    for inner, outer in (
        (ACTION, EXPERT_WIDTH),
        (STATE, EXPERT_WIDTH),
        (2 * EXPERT_WIDTH, EXPERT_WIDTH),  # action and time side by side
        (EXPERT_WIDTH, EXPERT_WIDTH),
        (EXPERT_WIDTH, ACTION),
    )
)

TOTAL = 3_501_372_176
INERT = VOCABULARY * EXPERT_WIDTH + 2 * WIDTH * QUERY + 3 * WIDTH * FF + 2 * WIDTH
"""The expert's unused vocabulary; of the last language layer all but keys, values and their norm."""

VISION = 412_442_352 + 1152 * WIDTH + WIDTH
"""SigLIP So400m without its pooling head, and the projector."""
# Every linear module of both streams that can act: inputs and outputs.
ATTENDED = [(WIDTH, QUERY), (QUERY, WIDTH)] * (LAYERS - 1)
KEYS = [(WIDTH, KEY)] * 2 * LAYERS
HIDDEN = [(WIDTH, FF), (WIDTH, FF)] * (LAYERS - 1)
DOWN = [(FF, WIDTH)] * (LAYERS - 1)
EXPERT_KEYS, EXPERT_DOWN = [(EXPERT_WIDTH, KEY)] * 2 * LAYERS, [(EXPERT_FF, EXPERT_WIDTH)] * LAYERS
EXPERT_REST = [(EXPERT_WIDTH, QUERY), (QUERY, EXPERT_WIDTH), *[(EXPERT_WIDTH, EXPERT_FF)] * 2] * LAYERS
MODULES = [*ATTENDED, *KEYS, *HIDDEN, *DOWN, *EXPERT_KEYS, *EXPERT_DOWN, *EXPERT_REST]
LORA_16 = sum(16 * (inner + outer) for inner, outer in MODULES)
IA3 = sum(outer for _, outer in KEYS + EXPERT_KEYS) + sum(inner for inner, _ in DOWN + EXPERT_DOWN)

PER_HEAD = tuple(
    # Query and output: a pair of factors per head; keys and values have one head.
    rank * (2 * HEADS + 2) * (width + 256)
    for rank, width in ((16, WIDTH), (32, EXPERT_WIDTH))
)
OPENPI = LAYERS * sum(PER_HEAD) - 2 * HEADS * 16 * (WIDTH + 256)  # less the last layer's query and output
FROM_WEIGHTS = ("pissa", "shira")
"""Methods whose adapters start from the values of the weights, which the meta device does not have."""

TABLE = {
    "frozen": 0,
    "full": TOTAL - INERT,
    "full-ema": TOTAL - INERT,
    "lora": LANGUAGE_ATTENTION + FEED_FORWARD + EXPERT_ATTENTION + LAYERS * EXPERT[2] + PROJECTIONS,
    "lora-attn": LANGUAGE_ATTENTION + EXPERT_ATTENTION + PROJECTIONS,
    "lora-expert": EXPERT_ATTENTION + LAYERS * EXPERT[2] + PROJECTIONS,
    "lora-heads": ALL_HEADS + FEED_FORWARD + PROJECTIONS,
    "lora-language": LANGUAGE_ATTENTION + FEED_FORWARD + PROJECTIONS,
    "lora-openpi": OPENPI + FEED_FORWARD + LAYERS * EXPERT[2] + VISION + PROJECTIONS,
    **{f"lora-r{rank}": rank * LORA_16 // 16 + PROJECTIONS for rank in (16, 64, 128)},
    "dora": LORA_16 + sum(outer for _, outer in MODULES) + PROJECTIONS,  # and a magnitude for each output
    "rslora": LORA_16 + PROJECTIONS,
    "pissa": LORA_16 + PROJECTIONS,
    "lora-fa": sum(16 * outer for _, outer in MODULES) + PROJECTIONS,
    "adalora": sum(24 * (inner + outer + 1) for inner, outer in MODULES) + PROJECTIONS,
    "vera": sum(256 + outer for _, outer in MODULES) + PROJECTIONS,
    "ia3": IA3 + PROJECTIONS,
    "oft": sum(inner // 32 * (32 * 31 // 2) for inner, _ in MODULES) + PROJECTIONS,
    "shira": sum(11 * (inner + outer) for inner, outer in ATTENDED) + PROJECTIONS,  # 4% more than steer-attn
    "ffn-only": FEED_FORWARD + PROJECTIONS,
    "action-proj-only": PROJECTIONS,
    "steer": HEADS_20 + FEED_FORWARD + PROJECTIONS,
    "steer-released": HEADS_20 + FEED_FORWARD + PROJECTIONS,
    "steer-attn": HEADS_20 + PROJECTIONS,
    "steer-expert": EXPERT_HEADS_20 + PROJECTIONS,
    "steer-random": HEADS_20 + FEED_FORWARD + PROJECTIONS,
    "steer-text": HEADS_20,
    "steer-worst": HEADS_20 + FEED_FORWARD + PROJECTIONS,
    "steer-layers": LAYERS_3 + FEED_FORWARD + PROJECTIONS,
}


def build() -> PI0ForConditionalGeneration:
    config = PI0Config()
    config._attn_implementation = "eager"
    with torch.device("meta"):
        return PI0ForConditionalGeneration(config)


def wrapped(model: PI0ForConditionalGeneration) -> Pi0Policy:
    return Pi0Policy(model, WordTokenizer(()), Normalisation.identity(8, 7), Profile("pi0", 224, 50))


@pytest.fixture(scope="module")
def trainability() -> Trainability:
    """What a backward pass reaches; on the meta device it has shapes but no values."""
    model = build()
    with torch.device("meta"):
        ids = torch.zeros(1, 3, dtype=torch.long)
        draws = {"noise": torch.zeros(1, 50, ACTION), "time": torch.ones(1)}
        images = torch.zeros(1, 2, 224, 224, 3, dtype=torch.uint8)
        prefix = encode_prefix(model, image_tokens(model, images), ids, torch.ones_like(ids))
        flow_loss(model, prefix, torch.zeros(1, STATE), torch.zeros(1, 50, ACTION), draws).backward()
    names = frozenset(name for name, value in model.named_parameters() if value.grad is not None)
    heads = {
        name: np.array([[f"{layer.output}.weight" in names] * HEADS for layer in stream.layers])
        for name, stream in wrapped(model).streams.items()
    }
    return Trainability(names, heads)


def test_only_the_last_language_layer_has_inert_heads(trainability: Trainability) -> None:
    assert trainability.heads["language"].all(1).tolist() == [True] * (LAYERS - 1) + [False]
    assert trainability.heads["expert"].all()


@pytest.mark.parametrize("name", registry.names("method"))
def test_trained_parameters_equal_the_table(trainability: Trainability, name: str) -> None:
    method = registry.find("method", name)
    heads = {}
    if method.uses_heads:
        whole = method.unit == "layer"
        chosen = range(3 * HEADS) if whole else range(3, 3 + 6 * 20, 6)  # spread over the layers
        heads = {stream: tuple(divmod(place, HEADS) for place in chosen) for stream in method.streams}
    policy = wrapped(build())
    plan = method.trainable(policy, heads, trainability)
    if name in FROM_WEIGHTS:
        found = counted(policy, replace(plan, peft=())) + low_rank_numbers(policy, plan)
    else:
        found = counted(policy, plan)
    assert found == TABLE[name]


def counted(policy, plan) -> int:
    return sum(value.numel() for value in attach(policy, plan, seed=0).values())


def low_rank_numbers(policy, plan) -> int:
    """Rank times the sides of each target."""
    (adapter,) = plan.peft
    shapes = [policy.model.get_parameter(f"{name}.weight").shape for name in adapter.targets]
    return adapter.options["r"] * sum(map(sum, shapes))


@pytest.mark.parametrize("name", FROM_WEIGHTS)
def test_adapters_made_from_weights_have_as_many_numbers(name: str) -> None:
    policy = registry.find("policy", "fake").load("cpu")
    able = Trainability(frozenset(name for name, _ in policy.model.named_parameters()), {})
    plan = replace(registry.find("method", name).trainable(policy, {}, able), weights=())
    (adapter,) = plan.peft
    if name == "pissa":  # no weight of the fake has a side of 16
        plan = replace(plan, peft=(replace(adapter, options={"r": 4, "init_lora_weights": "pissa"}),))
    expected = low_rank_numbers(policy, plan)
    assert counted(policy, plan) == expected


def test_published_counts() -> None:
    assert HEADS_20 == 1_474_560
    # With the last layer's feed-forward adapters, which cannot act: 15.9 M in the released recipe.
    assert FEED_FORWARD + LANGUAGE[2] == 15_925_248
    assert sum(value.numel() for value in build().parameters()) == TOTAL
