"""Training an adaptable policy: batches, adapters, the one loop that all methods share, learning rates.

Belongs here: what finetuning and pretraining have in common, for any policy and method. Imports
`baselines.adaptable` and `baselines.data`.
"""
