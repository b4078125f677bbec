"""What a benchmark leaves: a table for people, and a file with one record for each benchmark."""

import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from ganlib.core.errors import GanlibError
from ganlib.core.files import write_atomic
from ganlib.measure.hardware import hardware


def stored(path: Path | None) -> dict[str, Any]:
    """{benchmark: record} of a file; empty if there is none yet.

    GanlibError for a file that is something else: it is not to be written over.
    """
    if path is None or not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {name: dict(record.items()) for name, record in found.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise GanlibError(
            f"{path} holds no figures of a benchmark; move it away, or give another --json."
        ) from error


def keep(path: Path | None, name: str, record: dict[str, Any]) -> None:
    """Write a benchmark's record into a file, if there is one, beside those of others."""
    if path is not None:
        text = json.dumps(stored(path) | {name: record}, indent=2, ensure_ascii=False)
        write_atomic(path, (text + "\n").encode())


def table(record: dict[str, Any]) -> str:
    """One aligned line for each figure, the hardware left out."""
    rows = {name: value for name, value in record.items() if name != "hardware"}
    width = max(map(len, rows))
    shown = {k: f"{v:.4g}" if isinstance(v, float) else str(v) for k, v in rows.items()}
    return "\n".join(f"{name:<{width}}  {value}" for name, value in shown.items())


def publish(
    name: str,
    figures: dict[str, Any],
    path: Path | None,
    begun: float,
    device: str = "cpu",
    show: Callable[[dict[str, Any]], str] = table,
) -> dict[str, Any]:
    """Complete a record, print it, keep it in the file. `begun` is of `time.perf_counter`."""
    record = {"what": name, **figures, "seconds": time.perf_counter() - begun, "device": device}
    record["hardware"] = hardware()
    print(show(record))
    keep(path, name, record)
    return record


def played(
    run: Callable[..., Any], jobs: list[tuple[str, int]], scale: Any, workers: int
) -> Iterator[Any]:
    """`run(name, scale, seed)` of each (name, seed), in any order, as soon as it is there: from as
    many processes as there are `workers`, from this one if 0."""
    if not workers:
        yield from (run(name, scale, seed) for name, seed in jobs)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        try:
            waiting = [pool.submit(run, name, scale, seed) for name, seed in jobs]
            for future in as_completed(waiting):
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # if one failed, the rest is not begun
