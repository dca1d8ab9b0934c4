"""Studies: many small trainings, and their tables."""
