"""Full finetuning that keeps a moving average of the weights, as openpi's full recipes do (decay 0.99)."""

from dataclasses import replace

from baselines.methods.full import METHOD as FULL

METHOD = replace(FULL, name="full-ema", ema=0.99)
