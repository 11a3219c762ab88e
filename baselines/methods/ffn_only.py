"""Control: what the released steering recipe trains besides heads, which is over nine tenths of it."""

from baselines.methods._base import FEED_FORWARD
from baselines.methods.lora import Lora

METHOD = Lora(name="ffn-only", language=(FEED_FORWARD,), expert=())
