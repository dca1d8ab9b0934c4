"""The window: Qt, and nothing but Qt.  It reads the live session through its latest result and its status."""
