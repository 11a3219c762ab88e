"""AdaLoRA (arXiv 2303.10512): ranks 24 that shrink to 16 on average, kept where they matter."""

from baselines.methods._peft import PeftMethod

METHOD = PeftMethod(
    name="adalora",
    learning_rate=2e-3,
    kind="ADALORA",
    frozen=("ranknum",),  # a count, which peft leaves trainable
    options={"init_r": 24, "target_r": 16, "lora_alpha": 24},
)
