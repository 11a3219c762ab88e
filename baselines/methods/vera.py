"""VeRA (arXiv 2310.11454): two trained vectors a layer around random factors that all layers share."""

from baselines.methods._peft import PeftMethod

METHOD = PeftMethod(
    name="vera",
    learning_rate=1e-2,
    kind="VERA",
    # The shared factors are drawn again from their key, not saved.
    options={"r": 256, "d_initial": 0.1, "save_projection": False, "projection_prng_key": 0},
)
