"""Sources by name: what opens which, and the thread that reads it."""
