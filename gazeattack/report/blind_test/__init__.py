"""The page about blind tests."""
