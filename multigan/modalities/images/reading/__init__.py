"""Images: decoding, fitting to one size, validation, and the source that training reads."""
