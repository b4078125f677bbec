"""One rule of framing for photographs and renders.

A face detector's box, made square and enlarged 1.7 times about its centre, is the frame. The mean
of 153 real portraits framed in this way has its pupils and chin at the places below; Twin Portraits
puts every rendered head there too. Without one rule for both, a translator learns two tasks and
loses the eyes of real people.

Frame coordinates: x to the right, y downwards, both in [-1, 1] over the (square) image.
"""

EYE_LINE = -0.14
"""y of the pupils."""
CHIN = 0.62
"""y of the chin's lowest point."""
PUPIL_OFFSET = 0.212
"""|x| of each pupil, seen from the front."""
CHEEK = 0.46
"""|x| of the cheeks, seen from the front."""
