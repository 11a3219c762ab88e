"""LoRA on the language stream alone, the stream that steering adapts."""

from baselines.methods.lora import Lora

METHOD = Lora(name="lora-language", expert=())
