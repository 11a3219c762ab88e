"""The methods of the double."""

GROUPS = {"all": ("frozen", "full", "steer")}
