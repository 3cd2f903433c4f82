"""One DCGAN step, written once for each contender of `benchmarks/engine.py`, and the work that is in it."""
