"""What every suite and every variation must do, as checks that run on any of them, also from outside.

Works on the protocols alone: imports `harness.core` and nothing of the other rooms.
"""
