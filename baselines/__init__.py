"""What is evaluated: policies (VLAs) and the methods that adapt them."""

import os

# Threads that wait by spinning slow each other down several times where processes share the cores. The
# OpenMP runtime reads this once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
