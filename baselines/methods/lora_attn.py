"""LoRA on all attention layers of both streams: every head at once, nothing selected."""

from baselines.methods._base import ATTENTION
from baselines.methods.lora import Lora

METHOD = Lora(name="lora-attn", language=(ATTENTION,), expert=(ATTENTION,))
