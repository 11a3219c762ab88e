"""Demonstrations as training data: frames, keyframes, images at a policy's size.

Belongs here: what demonstrations are made into before any policy sees them. Imports `harness.core` only.
"""
