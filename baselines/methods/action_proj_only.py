"""Control: the action projections alone; neither stream is touched."""

from baselines.methods.lora import Lora

METHOD = Lora(name="action-proj-only", learning_rate=2e-3, language=(), expert=())
