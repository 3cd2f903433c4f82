"""The contenders of benchmarks/cyclegan.py."""
