"""From a gaze ray to a point on a screen: geometry, calibration, smoothing."""
