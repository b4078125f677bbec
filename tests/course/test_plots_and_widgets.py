"""What notebooks show: pixels where they belong, words for those who do not see them."""

import base64
import io

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image
from skimage.data import astronaut

from ganlib.core.networks.translator import Translator, TranslatorConfig
from ganlib.data.images import grid
from ganlib.lessons import plots, widgets
from ganlib.pipelines.stylize import Stylizer


def tiny_stylizer() -> Stylizer:
    model = Translator(TranslatorConfig(size=32, patch=1, width=8, blocks=1))
    return Stylizer(model, device="cpu", precision="fp32")


def jpeg(array) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, format="JPEG")
    return buffer.getvalue()


def test_a_grid_puts_every_pixel_in_its_place():
    images = torch.linspace(-1, 1, 3 * 3 * 2 * 2).reshape(3, 3, 2, 2)
    sheet = np.asarray(grid(images, columns=2, zoom=3, gap=1))
    assert sheet.shape == (2 * 7 - 1, 2 * 7 - 1, 3)
    expected = ((images[1, :, 1, 0] + 1) * 127.5).round().numpy()
    assert (sheet[3:6, 7:10] == expected).all()  # picture 1, its lower left pixel, 3 × 3 times
    assert (sheet[6] == 255).all() and (sheet[7:, 7:] == 255).all()  # gap, and no fourth picture


def test_pictures_carry_a_text_alternative(monkeypatch):
    shown = []
    monkeypatch.setattr(plots, "display", lambda data, raw: shown.append(data))
    plots.show_images(torch.zeros(2, 3, 4, 4), columns=2, alt='two "grey" squares')
    figure, _ = plt.subplots()
    plots.show(figure, "an empty plot")
    page = shown[0]["text/html"]
    assert 'alt="two &quot;grey&quot; squares"' in page and 'width="10"' in page
    assert 'alt="an empty plot"' in shown[1]["text/html"] and not plt.get_fignums()
    for bundle, words in zip(shown, ('two "grey" squares', "an empty plot"), strict=True):
        assert bundle["text/plain"] == words and len(bundle["image/png"]) > 50


def test_columns_can_have_heads(monkeypatch):
    shown = []
    monkeypatch.setattr(plots, "display", lambda data, raw: shown.append(data["image/png"]))
    for heads in ((), ("photograph", "drawing")):
        plots.show_images(torch.zeros(2, 3, 64, 64), 2, "two grey squares", heads=heads)
    plain, headed = (Image.open(io.BytesIO(base64.b64decode(picture))) for picture in shown)
    assert headed.width == plain.width and headed.height == plain.height + plots.HEAD
    assert np.array_equal(np.asarray(headed)[plots.HEAD :], np.asarray(plain))
    assert np.asarray(headed)[: plots.HEAD].min() < 100, "there are words"


def test_an_upload_becomes_a_drawing_under_both_widget_generations():
    content = jpeg(astronaut())
    for value in (({"content": memoryview(content)},), {"me.jpg": {"content": content}}):
        box = widgets.photo_uploader(tiny_stylizer(), tiny_stylizer())
        button, note, picture = box.children
        assert isinstance(button, ipywidgets.FileUpload)
        assert widgets._uploads(value) == [content]
        button._trait_notifiers["value"]["change"][0]({"new": value})
        assert bytes(picture.value).startswith(b"\x89PNG") and note.value.startswith("Drawn in")
        # The photograph and a drawing of each, with gaps of 2 pixels.
        assert Image.open(io.BytesIO(picture.value)).size == (3 * 32 + 2 * 2, 32)
        assert picture.layout.visibility == "visible"


def test_a_bad_upload_gets_a_sentence():
    button, note, picture = widgets.photo_uploader(tiny_stylizer()).children
    button._trait_notifiers["value"]["change"][0]({"new": ({"content": b"not a picture"},)})
    assert "not a picture" in note.value and picture.layout.visibility == "hidden"


def test_panels_are_opaque_and_as_many_as_titles():
    figure, axes = plots.panels("one", "two", "three", columns=2)
    assert [each.get_title(loc="left") for each in axes] == ["one", "two", "three"]
    assert figure.get_facecolor()[3] == 1 and axes[2].get_gridspec().get_geometry() == (2, 2)
    x = torch.linspace(-1, 1, 5)
    plots.densities(axes[0], x, x + 2, x + 3)
    drawn = {line.get_label(): line for line in axes[0].lines}
    assert (drawn["real p"].get_ydata() == (x + 2).numpy()).all()
    assert set(drawn) == {"real p", "fake q"} and drawn["fake q"].get_color() == plots.FAKE
    assert (axes[0].get_xlabel(), axes[0].get_ylabel()) == ("x", "density")
    plt.close(figure)


def line_at(number):
    figure, (axes,) = plots.panels("a number")
    axes.axvline(number)
    return figure


def test_a_stepper_moves_redraws_and_resets():
    moves = {"Add": lambda n: n + 1, "Double": lambda n: n * 2}
    box = widgets.stepper(3, moves, line_at, lambda n: f"n = {n} < 100")
    buttons, picture, words = box.children
    assert [b.description for b in buttons.children] == ["Add", "Double", "Reset"]
    before = picture.value
    buttons.children[0].click()
    buttons.children[1].click()
    assert words.value == "n = 8 &lt; 100" and 'alt="n = 8 &lt; 100"' in picture.value
    assert picture.value != before
    buttons.children[2].click()
    assert picture.value == before and not plt.get_fignums()


def test_sliders_redraw_by_name():
    box = widgets.sliders(
        lambda mean, sd: line_at(mean + sd),
        lambda mean, sd: f"mean {mean:g}, sd {sd:g}",
        mean=(0, 4, 1),
        sd=(1, 2, 1),
    )
    mean, _, picture, words = box.children
    before = picture.value
    mean.value = 2
    assert words.value == "mean 2, sd 1" and picture.value != before
    assert mean.description == "mean" and not plt.get_fignums()
