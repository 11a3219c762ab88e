"""Finetuning: what is trained, the one loop that all methods share, adapters and their files."""
