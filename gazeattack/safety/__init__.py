"""What an application would do with the gaze: zones, distraction monitors, dwell; pure, on the frames' own time."""
