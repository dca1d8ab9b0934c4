"""Rendered eye patches with exact labels."""
