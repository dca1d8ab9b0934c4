"""The HTML page about one person who looked at known points of a screen."""
