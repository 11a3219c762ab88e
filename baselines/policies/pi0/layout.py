"""Where things are in `PI0ForConditionalGeneration`: names of parameters and modules."""

from __future__ import annotations

from collections.abc import Sequence

from baselines.adaptable.streams import Layer, Stream
from harness.core.specs import StreamInfo

PARTS = {
    "vision": ("model.vlm.vision_tower.", "model.vlm.multi_modal_projector."),
    "language": ("model.vlm.language_model.",),
    "expert": ("model.dit.",),
    "projections": ("embed_action_time.", "action_out_proj."),
}
"""`projections` are state and action in, time, action out."""

LANGUAGE_LAYERS, EXPERT_LAYERS = "model.vlm.language_model.layers", "model.dit.layers"
WORDS = "model.vlm.language_model.embed_tokens."

TOKENS = {"action_first": "expert", "prefix_last": "language"}
"""First action token of the expert (the released selection), last real prefix token (the paper's text)."""


def streams(infos: Sequence[StreamInfo]) -> dict[str, Stream]:
    """Both streams. Heads of the language stream are ranked by those of the expert at the same place, too."""
    language, expert = infos
    return {
        "language": Stream(
            language, _layers(LANGUAGE_LAYERS, language.layers), ("action_first", "prefix_last")
        ),
        "expert": Stream(expert, _layers(EXPERT_LAYERS, expert.layers), ("action_first",)),
    }


def _layers(start: str, count: int) -> tuple[Layer, ...]:
    def layer(number: int) -> Layer:
        attention, mlp = f"{start}.{number}.self_attn", f"{start}.{number}.mlp"
        query, key, value, output = (f"{attention}.{name}_proj" for name in ("q", "k", "v", "o"))
        return Layer(
            query,
            key,
            value,
            output,
            feed_forward=tuple(f"{mlp}.{name}_proj" for name in ("gate", "up", "down")),
        )

    return tuple(map(layer, range(count)))
