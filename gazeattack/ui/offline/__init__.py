"""Work outside the live session, in sight: an evaluation in a process of its own, and the curves of a training."""
