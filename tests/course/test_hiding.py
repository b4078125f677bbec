"""A picture that hides another: what it shows, what it carries, and what it survives."""

import pytest
import torch
from tiny import images

from ganlib.core.errors import GanlibError
from ganlib.core.reconstruction import l1, low_frequencies
from ganlib.data.pixels import from_uint8, to_uint8
from ganlib.lessons import hiding
from ganlib.lessons.discriminators import memorised


@pytest.mark.parametrize("amplitude", [0.001, 0.02, 0.049])
def test_everything_comes_back(amplitude):
    photo, drawing = images(3), images(3, seed=1)
    carrier = hiding.hide(photo, drawing, amplitude)
    assert (carrier - hiding.coarse(drawing, 0.1)).abs().max() <= amplitude * 1.0001
    assert l1(hiding.seek(carrier, amplitude), photo) < 1e-3


def test_an_amplitude_that_reaches_the_next_tone_is_refused():
    for amplitude in (0.0, 0.05, 0.2):
        with pytest.raises(GanlibError, match="half of the step"):
            hiding.hide(images(1), images(1), amplitude)


def test_a_checkerboard_has_no_low_frequencies():
    board = hiding.checkerboard(16, 16)
    assert board[0, 0] == 1 and board[0, 1] == board[1, 0] == -1
    assert not low_frequencies(board[None, None], 4).any()


def test_what_is_hidden_survives_a_file():
    photo, drawing = images(3), images(3, seed=1)
    kept = from_uint8(to_uint8(hiding.hide(photo, drawing)))
    # Half a level of 256 at most, and fifty times that in the photograph.
    assert l1(hiding.seek(kept), photo) < 50 / 255
    levels = (kept + 1) * 127.5
    torch.testing.assert_close(levels, levels.round(), rtol=0, atol=1e-4)


def test_noise_grows_by_one_over_the_amplitude_and_not_at_all_without_a_message():
    photo, drawing = images(4), 0.8 * images(4, seed=1)
    hidden = hiding.noise_gain(lambda x: hiding.hide(x, drawing), hiding.seek, photo, 0.001)
    assert hidden == pytest.approx(50, rel=0.02)
    assert hiding.noise_gain(lambda x: x, lambda z: z, photo) == pytest.approx(1)
    assert hiding.noise_gain(lambda x: x, lambda z: 0.5 * z, photo) == pytest.approx(0.5)


def test_memory_of_a_discriminator():
    seen, held, fake = torch.tensor([3.0, 5.0]), torch.tensor([2.0]), torch.tensor([-4.0, -4.0])
    assert memorised(seen, held, fake) == pytest.approx(2 / 8)
    assert memorised(seen, seen, fake) == 0 and memorised(seen, fake, fake) == 1
