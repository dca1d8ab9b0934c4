"""Work outside the live session, in sight: evaluation, inspection and repair in a process of their own, and the curves
of a training."""
