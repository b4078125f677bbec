"""Speeds of several pieces of work, measured in turns: noise then hits all alike."""

import statistics
import time
from collections.abc import Callable


def rates(work: dict[str, Callable[[], int]], windows: int) -> dict[str, list[float]]:
    """Items per second of each piece of work, window by window in turn, after one to warm up."""
    for piece in work.values():
        piece()
    found: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(windows):
        for name, piece in work.items():
            start = time.perf_counter()
            items = piece()
            found[name].append(items / (time.perf_counter() - start))
    return found


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and most."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}
