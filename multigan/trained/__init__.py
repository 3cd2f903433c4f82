"""Using a run: opening, sampling, evaluating, exporting."""
