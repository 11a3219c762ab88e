"""One page about a comparison that needs nothing else: `page` puts together what the other modules make.

Imports `results.render`, its figures, and below.
"""
