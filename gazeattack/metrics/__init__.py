"""Metrics of a regression backdoor and of a trigger's imperceptibility."""
