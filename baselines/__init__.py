"""Policies and the ways to adapt them: head selection, adapters, finetuning.

Files here are commands and the public API; of `harness` only `harness.core` is imported.
"""

import os

# Threads that wait by spinning slow each other down several times where processes share the cores. The
# OpenMP runtime reads this once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
