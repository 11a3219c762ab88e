"""Control: `steer` with as many heads drawn at random."""

from dataclasses import replace

from baselines.methods.steer import METHOD as STEER

METHOD = replace(STEER, name="steer-random", selector="random")
