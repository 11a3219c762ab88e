"""Controlled changes of episodes. One file each; names are file names."""
