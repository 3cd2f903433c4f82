"""The contenders of benchmarks/seqgan.py."""
