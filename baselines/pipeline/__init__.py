"""From demonstrations to an adapter or to selected heads: which step follows which, and what each costs.

Belongs here: what puts policies, methods, selection and training together. Imports those rooms; of them none
imports this one.
"""
