"""The contenders of benchmarks/gaugan.py."""
