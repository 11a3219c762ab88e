"""LoRA of rank 64 on all attention and feed-forward layers of both streams."""

from dataclasses import replace

from baselines.methods.lora import METHOD as LORA

METHOD = replace(LORA, name="lora-r64", language_rank=64, expert_rank=64)
