"""The Driver page."""
