"""Texts: rows of token ids, from lines of words or from a network that is known."""
