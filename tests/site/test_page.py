"""The page that draws in the browser: as `ganlib stylize` does, on a desk and on a phone, alone.

Needs playwright, a Chromium that is installed already, npm and the extra `onnx`; it is skipped,
visibly, without them. The model is a small one with random weights: what it draws is no portrait,
but every pixel of it can be compared.
"""

import base64
import importlib.util
import io
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from runs import translator
from skimage.data import astronaut

from ganlib.core.errors import GanlibError
from ganlib.data.images import to_pil, to_tensor
from ganlib.drawing import STYLES
from ganlib.pipelines.stylize import Stylizer
from ganlib.weights import save_model

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
SIZE = 64
CANVASES = ("photograph", "drawing")
DESK, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 844}
WAIT = 120_000
"""Milliseconds for what takes a second on an idle machine."""

pytestmark = [pytest.mark.browser, pytest.mark.slow]
playwright = pytest.importorskip("playwright.sync_api", reason="needs the browser extra")
for name in ("onnx", "onnxscript", "onnxruntime"):
    pytest.importorskip(name, reason="needs the onnx extra")
if CHROMIUM is None:
    pytest.skip("needs Chromium", allow_module_level=True)
if shutil.which("npm") is None:
    pytest.skip("needs npm", allow_module_level=True)


def builder():
    """site/build.py as a module: `site` itself is a name of Python's."""
    about = importlib.util.spec_from_file_location("site_build", ROOT / "site" / "build.py")
    module = importlib.util.module_from_spec(about)
    about.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    network = translator(SIZE, styles=len(STYLES))
    with torch.no_grad():  # untrained pens draw little but grey
        for pen in network.pens:
            pen.draft[4].weight.mul_(80)
    save_model(path, network, {"problem": "portrait", "styles": list(STYLES)})
    return path


@pytest.fixture(scope="module")
def site(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    try:
        builder().assemble(model, folder)
    except GanlibError as error:
        if "npm could not fetch" in str(error):
            pytest.skip(str(error))
        raise
    return folder


@pytest.fixture(scope="module")
def address(site):
    """(where the page is served, below a path of the host; the requests that came, as a list)"""
    asked = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, form, *words):
            asked.append(form % words)

        def translate_path(self, path):
            return super().translate_path(path.removeprefix("/some/where"))

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/some/where/", asked
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *camera])
        yield chromium
        chromium.close()


def on(*screens):
    """Run a test on these screens."""
    names = ["phone" if screen is PHONE else "desk" for screen in screens]
    return pytest.mark.parametrize("page", screens, ids=names, indirect=True)


@pytest.fixture
def page(request, browser, address):
    """The page once the example is drawn and all is kept for use without a network."""
    phone = request.param is PHONE
    context = browser.new_context(viewport=request.param, has_touch=phone, is_mobile=phone)
    page = context.new_page()
    page.set_default_timeout(WAIT)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: said.type == "error" and problems.append(said.text))
    page.goto(address[0])
    wait_until_drawn(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    yield page
    context.close()
    assert problems == []


def wait_until_drawn(page):
    """Until the drawings are there in all styles."""
    page.locator("#loading").wait_for(state="hidden")
    page.locator("#download:enabled").wait_for()
    page.locator("#busy").wait_for(state="hidden")


def give(page, data, name="photo.png"):
    page.set_input_files("#file", {"name": name, "mimeType": "image/png", "buffer": data})


def choose(page, data):
    """Give the page a photograph, and wait for its drawing."""
    page.evaluate("document.getElementById('busy').hidden = false")
    give(page, data)
    wait_until_drawn(page)


def says(page, text):
    playwright.expect(page.get_by_role("status")).to_contain_text(text, timeout=WAIT)


def pixels(page, canvas):
    url = page.evaluate("id => document.getElementById(id).toDataURL()", canvas)
    with Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) as image:
        return np.asarray(image.convert("RGB"))


def as_bytes(image, form="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def seen(page):
    """The framed photograph, as the page gave it to the model."""
    page.get_by_role("button", name="Show the photograph").click()
    crop = pixels(page, "drawing")
    page.get_by_role("button", name="Show the photograph").click()
    return crop


def apart(a, b):
    return np.abs(np.asarray(a, int) - np.asarray(b, int))


@on(DESK)
def test_it_draws_what_stylize_draws_and_sends_nothing(page, address, model, tmp_path, measured):
    """Every style within 2 of 255; the crop itself is the command's, but for the last bits of the
    finder's copy of the photograph."""
    photo = Image.fromarray(astronaut()).crop((60, 0, 420, 300))
    asked, sent = address[1], []
    before = len(asked)
    page.context.on("request", lambda request: sent.append(request.url))
    choose(page, as_bytes(photo))
    crop = seen(page)
    stylizers = {name: Stylizer.load(model, precision="fp32", style=name) for name in STYLES}
    worst = 0
    for name, stylizer in stylizers.items():
        page.get_by_role("radio", name=name.capitalize()).check(force=True)
        drawn = pixels(page, "drawing")
        (wanted,) = to_pil(stylizer.translate(to_tensor(Image.fromarray(crop))))
        assert drawn.std() > 10
        worst = max(worst, int(apart(drawn, wanted).max()))
    assert worst <= 2
    source = stylizers["cel"].convert(photo).source
    difference = apart(crop, source)
    measured(
        f"page: drawings at most {worst}/255 from stylize's, crops {difference.mean():.2f} on "
        f"average ({np.percentile(difference, 99):.0f} at the 99th percentile)"
    )
    assert difference.mean() < 2
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download PNG").click()
    assert waiting.value.suggested_filename == "anime-portrait-ink.png"
    waiting.value.save_as(tmp_path / "d.png")
    with Image.open(tmp_path / "d.png") as image:
        assert image.size == (2 * SIZE, 2 * SIZE)
    assert [url for url in sent if not url.startswith("blob:")] == [] and asked[before:] == []


@on(PHONE)
def test_it_works_without_a_network(page, address):
    page.context.set_offline(True)
    before = len(address[1])
    page.reload()
    wait_until_drawn(page)
    assert pixels(page, "drawing").std() > 10
    # But for the browser's own question whether there is a new worker.
    assert [line for line in address[1][before:] if "/sw.js " not in line] == []


@on(DESK, PHONE)
def test_the_frame_follows_fingers_wheel_and_keys(page):
    zoom = page.locator("#zoom")
    canvas = page.locator("#photograph")

    def changed(act):
        """By how much an act enlarges; the frame and the drawing must change."""
        before, old = float(zoom.input_value()), [pixels(page, c) for c in CANVASES]
        page.evaluate("document.getElementById('busy').hidden = false")
        act()
        wait_until_drawn(page)
        assert all(apart(o, pixels(page, c)).max() > 0 for o, c in zip(old, CANVASES, strict=True))
        return float(zoom.input_value()) - before

    def middle():
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag():
        x, y = middle()
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 20, y + 10)
        page.mouse.up()

    def pinch():
        x, y = middle()
        for kind, across in [("down", 20), ("move", 40), ("up", 40)]:
            for finger in (-1, 1):
                place = {"clientX": x + finger * across, "clientY": y}
                about = {"pointerId": 5 + finger, "bubbles": True, **place}
                canvas.dispatch_event(f"pointer{kind}", about)

    def wheel():
        canvas.hover()
        page.mouse.wheel(0, 200)

    page.evaluate("Element.prototype.setPointerCapture = () => {}")  # there are no such fingers
    assert changed(drag) == pytest.approx(0, abs=0.02)
    assert changed(pinch) == pytest.approx(1, abs=0.1)
    assert changed(lambda: canvas.press("ArrowLeft")) == pytest.approx(0, abs=0.02)
    assert changed(lambda: canvas.press("-")) < 0
    assert changed(lambda: zoom.press("ArrowRight")) > 0
    if page.viewport_size == DESK:
        assert changed(wheel) < 0
    page.get_by_role("button", name="Find the face").click()
    wait_until_drawn(page)


@on(PHONE)
def test_what_phones_write_and_what_is_no_photograph(page):
    photo = Image.fromarray(astronaut())
    choose(page, as_bytes(photo, "JPEG"))
    upright = seen(page)
    exif, lying = Image.Exif(), photo.transpose(Image.Transpose.ROTATE_90)
    exif[0x0112] = 6  # "turn it clockwise"
    choose(page, as_bytes(lying, "JPEG", exif=exif))
    assert apart(seen(page), upright).mean() < 2
    # Without a word from the camera too, as `ganlib stylize` does.
    choose(page, as_bytes(lying, "JPEG"))
    assert apart(seen(page), upright).mean() < 4
    choose(page, as_bytes(Image.new("RGB", (200, 160), "grey")))
    says(page, "No face found: frame it yourself.")
    give(page, b"no picture", "me.heic")
    says(page, "This browser cannot read me.heic. Save it as JPEG or PNG")
    give(page, as_bytes(Image.new("RGB", (40, 20))))
    says(page, "photo.png is too small: 40 × 20 pixels")


@on(DESK, PHONE)
def test_it_fits_the_screen_and_can_be_read_aloud(page):
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for control in page.locator("button:visible, label.button, .style").all():
        assert control.bounding_box()["height"] >= 43.9
    assert page.get_by_role("group", name="Style").count() == 1
    assert page.get_by_role("radio", name="Shoujo").is_checked()
    assert page.get_by_role("slider", name="Zoom").count() == 1
    assert page.get_by_role("img", name="Anime portrait in the style shoujo").count() == 1
    assert page.get_by_role("group", name="Photograph in its frame").count() == 1
    assert page.get_by_label("Choose a photograph").count() == 1
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_role("dialog", name="Camera").wait_for()
    while not page.evaluate("document.getElementById('video').videoWidth"):
        page.wait_for_timeout(100)
    page.evaluate("document.getElementById('busy').hidden = false")
    page.get_by_role("button", name="Take the picture").click()
    wait_until_drawn(page)
    assert not page.get_by_role("dialog").is_visible()
    assert page.evaluate("document.getElementById('video').srcObject") is None


def test_another_runtime_than_the_pinned_is_refused(tmp_path, monkeypatch):
    build = builder()
    monkeypatch.setattr(build, "INTEGRITY", "sha512-x")
    try:
        with pytest.raises(GanlibError, match="is not what it was: sha512-"):
            build.fetch_runtime(tmp_path)
    except GanlibError as error:
        pytest.skip(str(error))
    assert list(tmp_path.iterdir()) == []
