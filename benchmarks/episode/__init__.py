"""One episode of a task: the environment, its variations applied, checked and undone.

Imports `build`, `sim`, `render` and `assets`; finds variations by name.
"""
