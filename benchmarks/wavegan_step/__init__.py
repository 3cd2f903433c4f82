"""The contenders of benchmarks/wavegan.py."""
