"""Texts: how they are read, written, shown, measured."""
