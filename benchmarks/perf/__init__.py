"""What the speed benchmarks measure. Imports everything else of `benchmarks`."""
