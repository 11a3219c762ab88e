"""Policies, one file each; the module attribute POLICY is the loader."""
