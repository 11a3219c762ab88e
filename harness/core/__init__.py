"""What all packages share: keys, errors, generators, specifications, protocols, the registry, files.

Imports nothing else of the project.
"""
