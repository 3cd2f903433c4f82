"""What two-player recipes are built of: networks, stabilisers with their options, and a game that joins them.

Plugins use it through `multigan`; nothing in the core does.
"""
