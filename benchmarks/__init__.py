"""What policies are evaluated on: suites, variations, scripted experts, simulation, assets."""
