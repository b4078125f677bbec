"""The lessons of notebooks/ go into the package, as ganlib/notebooks: pyproject.toml cannot say so.

In a checkout that is installed with `pip install -e`, `ganlib lessons` reads notebooks/ itself.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

LESSONS = sorted(Path("notebooks").glob("[0-9]*.ipynb"))
if not LESSONS:
    raise SystemExit("there are no lessons in notebooks/: get the whole source, and try again.")


class BuildWithLessons(build_py):
    """Builds a package that has the lessons."""

    def run(self) -> None:
        super().run()
        for lesson in [] if self.editable_mode else LESSONS:
            target = Path(self.build_lib, "ganlib", lesson)
            self.mkpath(str(target.parent))
            self.copy_file(str(lesson), str(target))


setup(cmdclass={"build_py": BuildWithLessons})
