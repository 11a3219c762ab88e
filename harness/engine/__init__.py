"""How a study is executed: which job comes next, what a worker does with it, what is recorded of it.

Knows neither Ray nor terminals nor any simulator or policy. Imports `core`, `study` and `records`.
"""
