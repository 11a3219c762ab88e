"""Adaptation methods, one file each; the module attribute METHOD is a frozen dataclass."""
