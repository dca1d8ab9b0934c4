"""Rendered heads, frame by frame."""
