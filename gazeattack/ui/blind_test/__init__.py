"""The blind test in the window."""
