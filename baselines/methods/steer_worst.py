"""Control: `steer` with the heads that k-NN regression ranks last."""

from dataclasses import replace

from baselines.methods.steer import METHOD as STEER

METHOD = replace(STEER, name="steer-worst", selector="worst")
