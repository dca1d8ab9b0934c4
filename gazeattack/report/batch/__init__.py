"""The index page of a batch of runs."""
