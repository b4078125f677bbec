"""Lessons that train live do so for seconds when they are tested (ganlib/budget.py)."""

import os

os.environ.setdefault("GANLIB_QUICK", "1")
