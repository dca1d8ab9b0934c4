"""Applications of the gaze: zones, distraction monitors and dwell typing, computed on the frames' own time."""
