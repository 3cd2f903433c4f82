"""Sounds: decoding, resampling, slicing, validation, and the source that training reads."""
