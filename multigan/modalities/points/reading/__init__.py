"""Points: samples that are a few numbers each, from tables and arrays."""
