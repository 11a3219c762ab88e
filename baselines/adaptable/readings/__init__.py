"""Where the activations of attention heads are read, one file each; a policy says which it offers.

A reading asks a policy for one of its two passes. Belongs here: what holds for any policy. Imports nothing
but `baselines.adaptable.batch`.
"""
