"""The engine: games, turns, losses, penalties, layers; written in keras.ops once, for every backend."""
