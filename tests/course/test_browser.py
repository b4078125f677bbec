"""Lessons as a student meets them: JupyterLab in a browser, everything run, a handle moved.

Needs playwright (`pip install 'ganlib[browser]'`) and a Chromium that is installed already; it is
skipped, visibly, without them.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
WIDGETS = [
    lesson
    for lesson in LESSONS
    if re.search(
        r"widgets\.(sliders|stepper)", (ROOT / "notebooks" / f"{lesson}.ipynb").read_text("utf-8")
    )
]
PAGES = [(lesson, theme) for lesson in LESSONS for theme in ("Light", "Dark")]
DAILY = {("01_three_numbers", "Light"), ("07_reconstruction_term", "Dark")}
"""What every test run does, lessons that train little; the others are run nightly, as they take
minutes."""
MINUTES = 8
"""A lesson that takes longer than this in a browser has failed: twice what a reader may wait, as
tests share the processors."""

pytestmark = [pytest.mark.browser, pytest.mark.slow]
playwright = pytest.importorskip("playwright.sync_api", reason="needs the browser extra")
if CHROMIUM is None:
    pytest.skip("needs Chromium", allow_module_level=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Address of a JupyterLab on a copy of the lessons: what they save stays out of the project.

    Its look may be changed through the settings file that the second value names."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    (home / "data").symlink_to(ROOT / "data")  # lessons read there
    settings = home / "settings"
    port = free_port()
    surroundings = {
        **os.environ,
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--port={port}", "--IdentityProvider.token=t", f"--ServerApp.root_dir={home}"]
    log = (home / "lab.log").open("w")
    with subprocess.Popen(command, env=surroundings, stdout=log, stderr=log) as server:
        for _ in range(240):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, (home / "lab.log").read_text()
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}", settings
        server.terminate()
    log.close()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def clear(path):
    """Take every output out of a lesson: what is found there later was run here."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"execution_count": None, "outputs": []}
    path.write_text(json.dumps(notebook), encoding="utf-8")


def run_all(browser, address, lesson):
    """The page of a lesson that has been told to run every cell."""
    page = browser.new_page(viewport={"width": 1100, "height": 1500})
    # Off the screen, JupyterLab takes cells out of the page: a tall window keeps many of them.
    page.goto(f"{address}/doc/tree/notebooks/{lesson}.ipynb?token=t&reset", timeout=120_000)
    # The sign above the lesson says idle while there is no kernel yet; the status bar does not.
    page.wait_for_selector("#jp-main-statusbar >> text=/\\| Idle/", timeout=120_000)
    page.click('.lm-MenuBar-item:has-text("Run")')
    page.click('.lm-Menu-item[data-command="runmenu:run-all"]')
    return page


def wait_until_run(page, path):
    """Wait until every code cell has been run, none of them with an error.

    Saved and read until then: between two cells the kernel is idle for a moment, and a large
    notebook takes its time to be written. A cell that fails ends the wait, as it ends the run."""
    for _ in range(MINUTES * 30):
        page.keyboard.press("Control+s")
        page.wait_for_timeout(2000)
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        failed = [o for cell in code for o in cell["outputs"] if o["output_type"] == "error"]
        assert not failed, failed[0]["evalue"]
        if all(cell["execution_count"] for cell in code):
            return
    raise AssertionError(
        f"cells that were not run: {[c['id'] for c in code if not c['execution_count']]}"
    )


def find(page, selector):
    """The first such element, scrolled to: JupyterLab makes cells when they come into view."""
    outer = page.query_selector(".jp-WindowedPanel-outer")
    for _ in range(200):
        found = page.query_selector(selector)
        if found:
            found.scroll_into_view_if_needed()
            return found
        outer.evaluate("panel => panel.scrollBy(0, 500)")
        page.wait_for_timeout(150)
    raise AssertionError(f"the lesson shows no {selector}")


def picture_beside(element):
    """The picture in the widget that holds this element."""
    return element.evaluate(
        "e => e.closest('.jp-OutputArea-output').querySelector('img').getAttribute('src')"
    )


@pytest.mark.parametrize(
    ("lesson", "look"),
    [pytest.param(*p, marks=[] if p in DAILY else pytest.mark.nightly) for p in PAGES],
)
def test_a_lesson_runs_and_its_handles_work(lesson, look, lab, browser, tmp_path):
    address, settings = lab
    theme = settings / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
    theme.parent.mkdir(parents=True, exist_ok=True)
    theme.write_text(json.dumps({"theme": f"JupyterLab {look}"}))
    path = settings.parent / "notebooks" / f"{lesson}.ipynb"
    clear(path)
    page = run_all(browser, address, lesson)
    try:
        assert page.evaluate("document.body.dataset.jpThemeLight") == str(look == "Light").lower()
        wait_until_run(page, path)
        if lesson in WIDGETS:
            move_a_handle(page)
    finally:
        page.screenshot(path=str(tmp_path / f"{lesson}_{look}.png"))
        page.close()


def move_a_handle(page):
    """A slider takes arrow keys, a stepper its first button: the picture changes."""
    handle = find(page, ".jupyter-widgets .noUi-handle, button.jupyter-button")
    before = picture_beside(handle)
    if handle.evaluate("e => e.tagName") == "BUTTON":
        handle.click()
    else:
        handle.focus()
        at, end = (handle.get_attribute(f"aria-value{name}") for name in ("now", "max"))
        for _ in range(5):
            page.keyboard.press("ArrowLeft" if at == end else "ArrowRight")
    for _ in range(240):
        if picture_beside(handle) != before:
            return
        page.wait_for_timeout(250)
    raise AssertionError("a handle was moved, and the picture stayed as it was")
