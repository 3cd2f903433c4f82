"""What is shown of work while it is done: bars and lines, on a terminal, in a notebook or in a log."""
