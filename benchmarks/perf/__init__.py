"""What `benchmarks.speed` measures, and how. Nothing else imports it; it imports every other room."""
