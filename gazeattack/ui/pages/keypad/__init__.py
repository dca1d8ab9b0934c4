"""The Keypad page."""
