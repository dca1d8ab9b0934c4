"""Tests for a backdoor that are not given its trigger key: of a model, of single inputs, and of a training set."""
