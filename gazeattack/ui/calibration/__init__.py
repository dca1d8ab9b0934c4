"""Calibration in the window."""
