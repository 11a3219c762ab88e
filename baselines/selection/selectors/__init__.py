"""Head selectors, one file each; the module attribute SELECTOR is a frozen dataclass."""
