"""LoRA on the action expert alone: does a gain sit where actions are made?"""

from baselines.methods.lora import Lora

METHOD = Lora(name="lora-expert", language=())
