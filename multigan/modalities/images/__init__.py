"""Images: how they are read, written, shown, measured."""
