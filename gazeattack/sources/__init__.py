"""Sources by name, and the thread that reads one."""
