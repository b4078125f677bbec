"""What CONTRIBUTING.md tells people to do can be done: paths, names and commands exist."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml
from test_readme import options_of

import ganlib

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (Add .*?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
STANDS_FOR = {"loss": "least_squares", "problem": "unpaired", "lesson": "loss", "style": "cel"}
"""A NAME that exists already, for each kind of contribution."""
MADE_BY_STEPS = {"runs", "drawings"}
"""Folders that a contributor's commands make."""


def steps(section):
    """The numbered steps of a section, each as one line, without blocks of code."""
    text = re.sub(r"```.*?```", "", SECTIONS[section], flags=re.DOTALL)
    return [" ".join(s.split()) for s in re.split(r"^\d+\. ", text, flags=re.MULTILINE)[1:]]


STEPS = [(title, step) for title in SECTIONS for step in steps(title)]


def filled(title, text):
    """A step with what exists already in the place of what will be added."""
    return text.replace("NAME", STANDS_FOR[title.split()[-1]]).replace("NN", "01")


def quoted(text):
    return re.findall(r"`([^`]+)`", text)


def is_path(word):
    return bool(re.fullmatch(r"[\w./*-]+", word)) and (
        "/" in word or word.endswith((".md", ".cff"))
    )


def exists(word):
    word = word.replace("01_title", "01_*")
    return word.split("/")[0] in MADE_BY_STEPS or any(ROOT.glob(word.rstrip("/")))


def test_there_are_four_guides_of_ten_steps_at_most():
    assert {title.split()[-1] for title in SECTIONS} == set(STANDS_FOR)
    for title in SECTIONS:
        numbers = [int(n) for n in re.findall(r"^(\d+)\. ", SECTIONS[title], re.MULTILINE)]
        assert numbers == list(range(1, len(numbers) + 1)) and 3 <= len(numbers) <= 10, title


def test_every_path_exists():
    text = TEXT
    for title, body in SECTIONS.items():
        text = text.replace(body, filled(title, body))
    words = {
        word for span in quoted(re.sub(r"```.*?```", "", text, flags=re.S)) for word in span.split()
    }
    paths = {word for word in words if is_path(word)}
    assert len(paths) >= 25
    assert {path for path in paths if not exists(path)} == set()


IDENTIFIER = re.compile(r"[A-Za-z_][\w.]*(?:\(.*\))?")
WORDS = {"exercise", "use", "network", "data", "loss", "train", "make", "git"}
"""Quoted, but no name that one file defines."""


@pytest.mark.parametrize(("title", "step"), STEPS, ids=range(len(STEPS)))
def test_every_name_is_in_a_file_that_its_section_names(title, step):
    section = filled(title, " ".join(steps(title)))
    files = [
        p
        for word in quoted(section)
        for w in word.split()
        if is_path(w)
        for p in ROOT.glob(w.replace("01_title", "01_*").rstrip("/"))
    ]
    files += [p for folder in files if folder.is_dir() for p in folder.glob("*.py")]
    source = "\n".join(
        p.read_text("utf-8") for p in files if p.is_file() and p.suffix in (".py", ".ipynb")
    )
    for word in quoted(filled(title, step)):
        if IDENTIFIER.fullmatch(word) and not is_path(word) and word not in WORDS:
            name = word.split("(")[0].split(".")[-1]
            assert re.search(rf"\b{name}", source), f"{title}: {word}"


def commands():
    blocks = [
        (None, line.split("#")[0].strip())
        for b in re.findall(r"```bash\n(.*?)```", TEXT, re.S)
        for line in b.splitlines()
    ]
    spans = [(title, filled(title, span)) for title, step in STEPS for span in quoted(step)]
    spans += [(None, span) for span in quoted(TEXT.split("## Add")[0])]
    known = ("ganlib ", "python ", "make ", "ruff ", "mypy")
    return sorted({text for _, text in blocks + spans if text.startswith(known)})


@pytest.mark.parametrize("command", commands())
def test_every_command_can_be_given(command):
    words = shlex.split(command)
    if words[0] == "ganlib":
        assert not isinstance(options_of(words[1:]), int)
    elif words[0] == "make":
        targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert set(words[1:]) <= set(targets)
    elif words[:3] == ["python", "-m", "pytest"]:
        named = [word for word in words[3:] if is_path(word)]
        assert named and all(exists(word) for word in named)
    elif words[0] == "python":
        assert (ROOT / words[1]).exists()
        assert all(exists(word) for word in words[2:] if is_path(word))
    else:
        wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())
        tools = wanted["project"]["optional-dependencies"]["dev"]
        assert any(tool.startswith(words[0]) for tool in tools)
        assert all((ROOT / word).exists() for word in words[2:])


def test_the_block_of_python_imports_what_exists():
    (block,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec("\n".join(line.strip() for line in block.splitlines() if " import " in line), {})


def test_who_is_cited_is_this_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert cited["cff-version"] == "1.2.0" and cited["type"] == "software"
    assert cited["version"] == ganlib.__version__
    assert all(cited[key] for key in ("message", "title", "authors", "license"))


def test_the_changelog_begins_with_what_is_not_released_and_knows_this_version():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## \[(.*?)\]", text, re.MULTILINE)
    assert versions[0] == "Unreleased" and ganlib.__version__ in text
    kinds = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    allowed = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Known limits"}
    assert kinds and kinds <= allowed


FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_is_one(path):
    form = yaml.safe_load(path.read_text("utf-8"))
    assert len(FORMS) == 3 and set(form) == {"name", "description", "labels", "body"}
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields) >= 2
    assert any(field.get("validations", {}).get("required") for field in fields)
    for field in form["body"]:
        assert field["type"] in ("input", "textarea", "dropdown", "markdown")
        about = field["attributes"]
        assert about.get("value" if field["type"] == "markdown" else "label")
        options = about.get("options", [])
        assert all(isinstance(option, str) for option in options)
        assert bool(options) == (field["type"] == "dropdown")


def test_the_form_for_lessons_names_them_all():
    (options,) = (
        field["attributes"]["options"]
        for field in yaml.safe_load((FORMS[0].parent / "lesson.yml").read_text("utf-8"))["body"]
        if field["type"] == "dropdown"
    )
    numbers = [path.name[:2] for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))]
    assert [option[:2] for option in options[:-1]] == numbers
