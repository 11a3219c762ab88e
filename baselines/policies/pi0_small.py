"""pi0 with 3 million parameters, trained by this project on scripted demonstrations."""

from baselines.policies.pi0.builtin import Builtin

POLICY = Builtin("pi0-small")
