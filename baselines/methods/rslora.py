"""rsLoRA (arXiv 2312.03732): LoRA of rank 16 scaled by alpha over the square root of the rank."""

from baselines.methods._peft import PeftMethod

METHOD = PeftMethod(
    name="rslora",
    learning_rate=1e-3,
    kind="LORA",
    options={"r": 16, "lora_alpha": 16, "use_rslora": True},
)
