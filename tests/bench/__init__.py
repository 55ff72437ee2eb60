"""Benchmarks: scripts that print figures beside those of other programs, measured in the same run. Never asserts."""
