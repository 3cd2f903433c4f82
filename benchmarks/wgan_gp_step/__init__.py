"""The contenders of benchmarks/wgan_gp.py."""
