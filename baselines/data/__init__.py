"""Demonstrations as training data: frames and keyframes."""
