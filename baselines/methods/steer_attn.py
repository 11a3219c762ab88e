"""Robotic Steering without the released recipe's feed-forward adapters: what head selection does alone."""

from baselines.methods.steer import Steer

METHOD = Steer(name="steer-attn", learning_rate=2e-3, ffn_rank=0)
