"""Puts plugins into the environment that runs multigan, and takes them out of it. Imports no framework."""
