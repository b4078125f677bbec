"""Translators of faces that fail, each beside what cures it (lesson 09, section 8).

`python -m benchmarks failures` made the stored runs.
"""

from functools import partial

from ganlib.lessons.stored import pictures, record

SUBJECT = "failures"  # where a file of results keeps this record


stored = partial(record, SUBJECT)
"""The runs that ship: "scale", "hardware", "settings", and "rows", one a setting and seed."""
picture = partial(pictures, SUBJECT)
"""(n, 3, S, S): what seed 0 of a setting draws of the first of those held out."""
