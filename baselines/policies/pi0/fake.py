"""pi0 with a tiny attention stack and random weights: every code path in milliseconds, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from baselines.policies.pi0.manifest import streams
from baselines.policies.pi0.sizes import TINY
from harness.core.specs import EEF_STATE, OSC_POSE, PolicyInfo

if TYPE_CHECKING:
    from baselines.policies.pi0.policy import Pi0Policy

SEED = 7
WORDS = ("bowl", "cabinet", "cube", "drawer", "lift", "open", "pick", "plate", "put", "red", "the", "up")


PARAMETERS = 29_047
"""Of the model that `load` builds (tested): described without importing one, which takes seconds."""


@dataclass(frozen=True)
class Fake:
    """Weights are drawn from a fixed seed at every load."""

    name: str = "fake"

    def describe(self) -> PolicyInfo:
        """See `harness.core.protocols.PolicySource`."""
        grid = {"num_hidden_layers": TINY.layers, "num_attention_heads": TINY.heads}
        grid |= {"num_key_value_heads": 1, "head_dim": TINY.head_dim}
        return PolicyInfo(
            name=self.name,
            image_size=TINY.image_size,
            horizon=TINY.horizon,
            replan_steps=6,
            total_params=PARAMETERS,
            sha256=f"seed-{SEED}",
            streams=streams(grid),
            pretrained_suite="fake_pretrain",
            pretrained_tasks=(0, 1, 2, 3),
        )

    def load(self, device: str) -> Pi0Policy:
        """The policy on `device`."""
        from baselines.adaptable.device import pick_device
        from baselines.adaptable.normalisation import Normalisation
        from baselines.policies.pi0.architecture import build, make_config
        from baselines.policies.pi0.policy import Pi0Policy, Profile
        from baselines.policies.pi0.tokenizer import SPECIALS, WordTokenizer

        model = build(make_config(TINY, len(SPECIALS) + len(WORDS)), SEED).eval().to(pick_device(device))
        profile = Profile(name=self.name, image_size=TINY.image_size, horizon=TINY.horizon)
        nothing = Normalisation.identity(EEF_STATE.size, OSC_POSE.size)
        return Pi0Policy(model, WordTokenizer(WORDS), nothing, profile)
