"""Steering of the action expert: its own best heads and the action projections, language stream frozen."""

from baselines.methods.steer import Steer

METHOD = Steer(name="steer-expert", learning_rate=2e-3, streams=("expert",), ffn_rank=0)
