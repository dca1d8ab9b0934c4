"""The window, in Qt.  It reads the live session through its latest result and its status."""
