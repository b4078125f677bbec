"""A picture that hides another: what it shows, what it carries, and what it survives."""

import pytest
import torch
from tiny import images

from ganlib.core.reconstruction import l1
from ganlib.data.pixels import from_uint8, to_uint8
from ganlib.lessons import hiding
from ganlib.lessons.discriminators import memorised


@pytest.mark.parametrize("amplitude", [0.001, hiding.AMPLITUDE])
def test_everything_comes_back_and_a_file_shows_nothing_of_it(amplitude):
    photo, drawing = images(3), images(3, seed=1)
    carrier = hiding.hide(drawing, photo, amplitude)
    assert l1(hiding.seek(carrier, amplitude), photo) < 1e-3
    assert torch.equal(to_uint8(carrier), to_uint8(drawing))


def test_a_file_hides_nothing():
    kept = from_uint8(to_uint8(images(3)))
    assert hiding.seek(kept).abs().max() < 1e-3
    torch.testing.assert_close(hiding.levels(kept), kept)


def test_noise_grows_by_one_over_the_amplitude_and_not_at_all_without_a_message():
    photo, drawing = images(4), 0.8 * images(4, seed=1)
    hidden = hiding.noise_gain(lambda x: hiding.hide(drawing, x), hiding.seek, photo, 1e-4)
    assert hidden == pytest.approx(1 / hiding.AMPLITUDE, rel=0.02)
    assert hiding.noise_gain(lambda x: x, lambda z: z, photo) == pytest.approx(1)
    assert hiding.noise_gain(lambda x: x, lambda z: 0.5 * z, photo) == pytest.approx(0.5)


def test_memory_of_a_discriminator():
    seen, held, fake = torch.tensor([3.0, 5.0]), torch.tensor([2.0]), torch.tensor([-4.0, -4.0])
    assert memorised(seen, held, fake) == pytest.approx(2 / 8)
    assert memorised(seen, seen, fake) == 0 and memorised(seen, fake, fake) == 1
