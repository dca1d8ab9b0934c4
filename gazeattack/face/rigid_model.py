"""A generic head: positions of the rigid landmarks in millimetres.

The Procrustes mean of MediaPipe's landmarks over 199 generated portraits (CC0), symmetrised, turned so that x runs
from the right eye to the left, y from the eyes to the mouth and z away from the camera, and scaled so that the
midpoints of the eyes' corners are 66.4 mm apart, which gives eye crops the scale of MPIIGaze's.  Origin: midway
between the eyes.  "Right" is the person's right, which is at the left of an unmirrored image.
"""

import numpy as np

# landmark -> (x, y, z) of the midline points, and (left landmark, right landmark) -> (x, y, z) of the left one
_MIDLINE = {
    168: (0.0, -4.1, -21.6),
    6: (0.0, 4.4, -26.2),
    197: (0.0, 12.0, -31.4),
    195: (0.0, 19.0, -37.0),
    5: (0.0, 26.5, -42.9),
    4: (0.0, 35.6, -45.3),
    151: (0.0, -39.3, -21.7),
}
_PAIRED = {
    (263, 33): (47.6, -1.0, 2.9),
    (362, 133): (18.8, 1.0, -2.9),
    (327, 98): (20.0, 45.4, -16.7),
    (356, 127): (72.7, 3.1, 56.5),
    (454, 234): (72.3, 18.1, 62.1),
    (284, 54): (62.6, -37.1, 16.8),
}

LANDMARKS = np.array([*_MIDLINE, *(i for pair in _PAIRED for i in pair)])
POINTS = np.array(
    [*_MIDLINE.values(), *(q for x, y, z in _PAIRED.values() for q in ((x, y, z), (-x, y, z)))], dtype=np.float64
)

# Midpoints of each eye's corners, by image side: the person's right eye is at the image's left.
EYE_CENTRES = {"left": np.array([33.2, 0.0, 0.0]), "right": np.array([-33.2, 0.0, 0.0])}
# MPIIFaceGaze centres its face crops between the eyes and the mouth; ours sits midway down the nose.
FACE_CENTRE = np.array([0.0, 28.0, 0.0])

# Each eye's corners, outer and inner, in MediaPipe's face mesh.
EYE_CORNERS = {"left": (263, 362), "right": (33, 133)}
