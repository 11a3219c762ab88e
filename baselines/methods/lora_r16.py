"""LoRA of rank 16 on all attention and feed-forward layers of both streams."""

from dataclasses import replace

from baselines.methods.lora import METHOD as LORA

METHOD = replace(LORA, name="lora-r16", language_rank=16, expert_rank=16)
