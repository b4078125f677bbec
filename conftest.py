"""Lessons that train live do so for seconds when they are tested (ganlib/budget.py)."""

import os

os.environ.setdefault("GANLIB_QUICK", "1")

# Lessons that wait for their long runs: nobody is shown them yet.
collect_ignore_glob = ["notebooks/drafts/*"]
