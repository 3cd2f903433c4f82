"""One pix2pix step, written once for each contender of `benchmarks/pix2pix.py`."""
