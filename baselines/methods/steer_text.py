"""Robotic Steering as the paper's text has it: heads read at the last prefix token, nothing else trained."""

from baselines.methods.steer import Steer

METHOD = Steer(name="steer-text", learning_rate=2e-3, reading="prefix_last", ffn_rank=0, projections=False)
