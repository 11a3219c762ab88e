"""Benchmark few-shot adaptation of vision-language-action policies: commands, and the engine behind them.

Files here are commands (`python -m harness.run`) and compose the other packages; everything else is in a
room. Only commands may import `benchmarks`, `baselines` and `results`, and they do so where they need them.
"""

__version__ = "0.2.0"
