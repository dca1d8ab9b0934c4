"""The live pipeline: from a frame to a FrameResult, and the threads around it.  No Qt."""
