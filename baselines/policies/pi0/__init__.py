"""pi0 on transformers' own model class: architecture, words, images, network calls, checkpoints."""
