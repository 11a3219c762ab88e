"""LoRA-FA (arXiv 2308.03303): LoRA of rank 16 whose first factors stay as they are drawn."""

from baselines.methods._peft import PeftMethod

METHOD = PeftMethod(
    name="lora-fa",
    learning_rate=2e-3,
    kind="LORA",
    options={"r": 16, "lora_alpha": 16},
    frozen=("lora_A",),
)
