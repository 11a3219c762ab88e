"""What the speed benchmarks of training and selection measure."""
