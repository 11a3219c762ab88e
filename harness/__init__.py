"""The engine: command line, study plan, Ray workers, rollout loop, cost meter, records."""
