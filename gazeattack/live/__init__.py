"""One frame in, one sample out, and the threads around it.  No Qt."""
