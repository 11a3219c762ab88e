"""Tables and figures for people: terminal, Markdown, LaTeX, HTML, SVG, PNG. Imports `tables` and below."""
