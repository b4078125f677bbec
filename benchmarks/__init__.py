"""Long measurements of ganlib: `python -m benchmarks --help`."""
