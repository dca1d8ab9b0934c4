"""gazeattack: see, measure and teach what a backdoor does to a gaze estimator."""

__version__ = "0.1.0"
