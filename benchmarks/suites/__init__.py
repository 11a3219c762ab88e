"""Task suites, one file each; the module attribute SUITE is the suite."""
