"""Tables for people: terminal, Markdown, LaTeX, HTML, one page about everything, LeRobot's layout.

`cells` decides how a number is written, whatever the form; `figures` draws. Nothing is computed here that a
table does not hold. Imports `tables` and below.
"""
