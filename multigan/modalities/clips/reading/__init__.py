"""From files to clips of one shape."""
