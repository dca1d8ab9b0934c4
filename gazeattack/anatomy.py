"""Measurements of an average adult eye, in millimetres and degrees.

All renderers share them, so that their gaze labels agree.  Sizes are textbook averages; the offsets of the eyeball
from the eye corners are those under which rendered eyes transferred best to real ones in our experiments.
"""

EYEBALL_RADIUS = 12.0
IRIS_PLANE = 10.45  # eyeball centre to the iris plane
LIMBUS_RADIUS = 5.85
PUPIL_RADIUS = 2.0
INTEROCULAR = 66.4  # between the midpoints of the two eyes' corners, as in MPIIGaze's face model
FISSURE_LENGTH = 29.5  # inner to outer corner
EYEBALL_BEHIND_CORNERS = 4.5  # along the head's forward axis
EYEBALL_ABOVE_CORNERS = 2.6
# Gaze labels are the visual axis.  The optical axis, which the iris shows, points this far to its temple side.
KAPPA_HORIZONTAL = 4.0
