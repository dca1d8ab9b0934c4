"""The Gaze page."""
