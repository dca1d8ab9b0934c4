"""Text of the window."""
