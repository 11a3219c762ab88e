"""LoRA of rank 128 on all attention and feed-forward layers of both streams."""

from dataclasses import replace

from baselines.methods.lora import METHOD as LORA

METHOD = replace(LORA, name="lora-r128", language_rank=128, expert_rank=128)
