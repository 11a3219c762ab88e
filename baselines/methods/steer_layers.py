"""Control: `steer` with whole layers, chosen by their heads taken together."""

from dataclasses import replace

from baselines.methods.steer import METHOD as STEER

METHOD = replace(STEER, name="steer-layers", unit="layer")
