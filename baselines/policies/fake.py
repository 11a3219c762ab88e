"""pi0 with a tiny attention stack and random weights: every code path in milliseconds, for tests."""

from baselines.policies.pi0.fake import Fake

POLICY = Fake()
