"""pi0 with a tiny attention stack and random weights: every code path in milliseconds, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from baselines.policies.pi0.policy import Pi0Policy

SEED = 7
WORDS = ("bowl", "cabinet", "cube", "drawer", "lift", "open", "pick", "plate", "put", "red", "the", "up")


@dataclass(frozen=True)
class Fake:
    """Weights are drawn from a fixed seed at every load."""

    name: str = "fake"

    def describe(self) -> dict[str, Any]:
        """See `baselines.loading.describe`."""
        from baselines.policies.pi0.architecture import TINY, parameter_count

        return {
            "name": self.name,
            "image_size": TINY.image_size,
            "render": "fast",
            "assets": "builtin",
            "horizon": TINY.horizon,
            "replan": 6,
            "grid": (TINY.layers, TINY.heads),
            "total_params": parameter_count(TINY, self._vocabulary()),
            "sha256": f"seed-{SEED}",
            "pretrained_on": {"suite": "fake_pretrain", "tasks": [0, 1, 2, 3]},
        }

    def load(self, device: Any) -> Pi0Policy:
        """The policy on `device`."""
        from baselines.policies.pi0.architecture import TINY, build, make_config
        from baselines.policies.pi0.policy import Pi0Policy, Profile
        from baselines.policies.pi0.stats import Stats
        from baselines.policies.pi0.tokenizer import WordTokenizer

        model = build(make_config(TINY, self._vocabulary()), SEED).eval().to(device)
        profile = Profile(name=self.name, image_size=TINY.image_size, horizon=TINY.horizon)
        return Pi0Policy(model, WordTokenizer(WORDS), Stats.identity(), profile)

    def _vocabulary(self) -> int:
        from baselines.policies.pi0.tokenizer import SPECIALS

        return len(SPECIALS) + len(WORDS)


POLICY = Fake()
