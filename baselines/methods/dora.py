"""DoRA (arXiv 2402.09353): LoRA of rank 16 on the direction of each weight, magnitudes trained beside it."""

from baselines.methods._peft import PeftMethod

METHOD = PeftMethod(
    name="dora",
    learning_rate=1e-3,
    kind="LORA",
    options={"r": 16, "lora_alpha": 16, "use_dora": True},
)
