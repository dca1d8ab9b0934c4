"""The gaze regressor: network, bundle (weights, card, trigger key) and batched prediction."""
