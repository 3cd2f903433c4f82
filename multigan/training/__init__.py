"""The run loop, checkpoints, health and reports."""
