"""Rendered subjects whose true gaze is known: eye patches, a procedural head, and animated portraits."""
