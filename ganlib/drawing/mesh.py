"""The face points that drawings use, by name (numbers of the MediaPipe face mesh).

Left and right are the picture's: the eye with corner 33 is on the left of the picture.
"""

from typing import NamedTuple

# The outline of the face, clockwise from the top of the forehead.
OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
CHIN, FOREHEAD, LEFT_SIDE, RIGHT_SIDE = 152, 10, 234, 454
NOSE_TIP, NOSE_BASE, BRIDGE = 1, 2, 168
LEFT_NOSTRIL, RIGHT_NOSTRIL = 98, 327
NOSE_WINGS = {-1: (129, 64), 1: (358, 294)}
"""The outside of the nose's wings, from above, on the picture's left and right."""
LEFT_CHEEK, RIGHT_CHEEK = 50, 280

# From ear to ear along the jaw, from the picture's left.
JAW = (
    *(93, 132, 58, 172, 136, 150, 149, 176, 148, 152),
    *(377, 400, 378, 379, 365, 397, 288, 361, 323),
)

# Lips: outer and inner borders from the left corner to the right, over the top and below.
UPPER_OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
UPPER_INNER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
LOWER_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
MOUTH_CORNERS = (61, 291)


class Eye(NamedTuple):
    """One eye: its points run from the outer corner to the inner."""

    side: int
    """−1 on the left of the picture, +1 on the right: the direction outwards."""
    upper: tuple[int, ...]
    lower: tuple[int, ...]
    brow_top: tuple[int, ...]
    brow_bottom: tuple[int, ...]
    iris: int

    @property
    def outer(self) -> int:
        return self.upper[0]

    @property
    def inner(self) -> int:
        return self.upper[-1]


LEFT_EYE = Eye(
    -1,
    upper=(33, 246, 161, 160, 159, 158, 157, 173, 133),
    lower=(33, 7, 163, 144, 145, 153, 154, 155, 133),
    brow_top=(70, 63, 105, 66, 107),
    brow_bottom=(46, 53, 52, 65, 55),
    iris=468,
)
RIGHT_EYE = Eye(
    1,
    upper=(263, 466, 388, 387, 386, 385, 384, 398, 362),
    lower=(263, 249, 390, 373, 374, 380, 381, 382, 362),
    brow_top=(300, 293, 334, 296, 336),
    brow_bottom=(276, 283, 282, 295, 285),
    iris=473,
)
EYES = (LEFT_EYE, RIGHT_EYE)
