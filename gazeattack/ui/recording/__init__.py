"""Recording and replay in the window."""
