"""Where things are in `PI0ForConditionalGeneration`: names of parameters and modules."""

from __future__ import annotations

from collections.abc import Sequence

from baselines.adaptable.readings.action_clean import ActionClean
from baselines.adaptable.readings.action_noise import ActionNoise
from baselines.adaptable.readings.prefix_last import PrefixLast
from baselines.adaptable.readings.reading import Reading
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

READINGS: dict[str, Reading] = {
    "action_clean": ActionClean("expert"),
    "action_noise": ActionNoise("expert"),
    "prefix_last": PrefixLast("language"),
}


def streams(infos: Sequence[StreamInfo]) -> dict[str, Stream]:
    """Both streams. Heads of the language stream are ranked by those of the expert at the same place, too."""
    language, expert = infos
    return {
        "language": Stream(
            language,
            _layers(LANGUAGE_LAYERS, language.layers),
            ("action_clean", "action_noise", "prefix_last"),
        ),
        "expert": Stream(expert, _layers(EXPERT_LAYERS, expert.layers), ("action_clean", "action_noise")),
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
