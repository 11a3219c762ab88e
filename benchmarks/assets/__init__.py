"""Asset packs: LIBERO's own tree or the built-in one that this project generates from primitives."""
