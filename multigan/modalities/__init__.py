"""What a kind of sample is: one folder for each, with all that knows of it."""
