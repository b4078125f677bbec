"""The probe against people's eyes: what it reads in real photographs that were labelled by hand."""

import csv
from pathlib import Path
from typing import Any

from ganlib.attributes import SHADES
from ganlib.errors import GanlibError
from ganlib.faces import crop_face, find_face
from ganlib.images import read_photo, to_tensor
from ganlib.probe import SIZE, Probe

SHADE_OF = {"dark": "dark", "medium": "medium", "light": "light", "grey": "grey or white"}
"""A label of hair → the probe's word for it; "hidden" hair is not asked for."""
COLUMNS = ("file", "glasses", "cover", "beard", "hair")


def read_labels(path: Path | str) -> list[dict[str, str]]:
    """Rows of a CSV with the columns `COLUMNS`; lines that begin with # are comments.

    glasses, cover: yes, no. beard: yes, no, or stubble, which is not asked for. hair: a key of
    `SHADE_OF`, or hidden. GanlibError for anything else.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise GanlibError(f"cannot read the labels in {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise GanlibError(f"{path} is no text in UTF-8; save the labels as that.") from error
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    allowed = {"glasses": ("yes", "no"), "cover": ("yes", "no"), "beard": ("yes", "no", "stubble")}
    allowed["hair"] = (*SHADE_OF, "hidden")
    for number, row in enumerate(rows, 1):
        if tuple(row) != COLUMNS or any(row[name] not in words for name, words in allowed.items()):
            raise GanlibError(f"row {number} of {path} is {row}; its columns are {COLUMNS}.")
    if not rows:
        raise GanlibError(f"{path} holds no labels.")
    return rows


def compare(probe: Probe, rows: list[dict[str, str]], folder: Path | str) -> dict[str, Any]:
    """{"photographs": how many had a face, "without_face": …, NAME: figures} for each label.

    Figures: `n` asked, `agreement` (the share that the probe reads as the label says), `majority`
    (that of saying the commonest label of everybody) and `confusion`, {"label → read": how many};
    `n` alone if it is 0.
    """
    faces, labels = [], []
    for row in rows:
        image = read_photo(Path(folder) / row["file"])
        frame = find_face(image)
        if frame.found:
            faces.append(crop_face(image, frame, SIZE))
            labels.append(row)
    if not faces:
        raise GanlibError(f"no face was found in the labelled photographs of {folder}.")
    seen = probe.read(to_tensor(faces).contiguous())
    record: dict[str, Any] = {"photographs": len(faces), "without_face": len(rows) - len(faces)}
    for name in ("glasses", "cover", "beard"):
        read = ["yes" if chance > 0.5 else "no" for chance in seen[name].tolist()]
        record[name] = _figures([row[name] for row in labels], read, ("yes", "no"))
    read = [tuple(SHADES)[index] for index in seen["hair_shade"].tolist()]
    said = [SHADE_OF.get(row["hair"], row["hair"]) for row in labels]
    return record | {"hair_shade": _figures(said, read, tuple(SHADES))}


def _figures(said: list[str], read: list[str], asked: tuple[str, ...]) -> dict[str, Any]:
    pairs = [(a, b) for a, b in zip(said, read, strict=True) if a in asked]
    if not pairs:
        return {"n": 0}
    labels = [a for a, _ in pairs]
    confusion = {f"{a} → {b}": pairs.count((a, b)) for a, b in sorted(set(pairs))}
    return {
        "n": len(pairs),
        "agreement": sum(a == b for a, b in pairs) / len(pairs),
        "majority": max(map(labels.count, labels)) / len(pairs),
        "confusion": confusion,
    }
