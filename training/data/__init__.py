"""Where gaze data comes from: npz files, exported sets, rendered pools."""
