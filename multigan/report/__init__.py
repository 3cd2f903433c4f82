"""A run's report: one page that needs no other file."""
