"""What the window says."""
