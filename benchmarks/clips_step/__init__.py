"""The contenders of benchmarks/clips.py."""
