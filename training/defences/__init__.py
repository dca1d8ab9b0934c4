"""Ways to remove a backdoor from a trained model without its trigger key."""
