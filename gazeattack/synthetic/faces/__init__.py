"""Rendered faces, normalised, with exact labels."""
