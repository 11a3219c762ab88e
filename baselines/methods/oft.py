"""OFT (arXiv 2306.07280): an orthogonal turn of each layer's input, in blocks of 32."""

from baselines.methods._peft import PeftMethod

METHOD = PeftMethod(
    name="oft",
    learning_rate=1e-3,
    kind="OFT",
    options={"r": 0, "oft_block_size": 32},
)
