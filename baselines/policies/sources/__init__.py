"""Policies by specification: a name, `package.module:object`, a checkpoint directory or a hub id."""
