"""What can be found in a trained model."""
