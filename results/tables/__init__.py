"""Numbers by method, task, variation and phase. Imports `stats`, `records` and `published`."""
