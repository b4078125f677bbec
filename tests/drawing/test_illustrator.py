"""The illustrator: it decides what lies where, then its pens draw that in every style."""

import pytest
import torch
from tiny import images

from ganlib.core.errors import ConfigError, GanlibError
from ganlib.drawing import PARTS
from ganlib.drawing.illustrator import (
    BEARD,
    CREASES,
    FACE,
    HANGING,
    NOSE,
    SHORTEST,
    WORN,
    Illustrator,
    IllustratorConfig,
    bareheaded,
    both_sided,
    joined,
    median_colours,
    ringless,
    settled,
    unspecked,
)


def network(styles=3, parts=4):
    torch.manual_seed(0)
    return Illustrator(IllustratorConfig(size=32, width=8, blocks=1, styles=styles, parts=parts))


def layouts(n, seed=5):
    """Random true layouts of photographs of 32 pixels: each square is of one part."""
    parts = torch.randint(4, (n, 16, 16), generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.one_hot(parts, 4).permute(0, 3, 1, 2).float()


def test_a_photograph_is_drawn_in_every_style_that_is_asked_for():
    net, photo = network().eval(), images(2, 1, 32)
    drawn = net(photo, torch.eye(3).repeat(2, 1))
    assert drawn.shape == (6, 3, 32, 32) and drawn.abs().max() <= 1
    mixture = net(photo[:1], torch.tensor([[0.5, 0.5, 0.0]]))
    torch.testing.assert_close(mixture[0], (drawn[0] + drawn[1]) / 2)
    assert not torch.allclose(drawn[0], drawn[2], atol=1e-4)


def test_other_sizes_will_do_and_wrong_ones_are_refused():
    net = network(styles=1).eval()
    assert net(torch.zeros(1, 3, 64, 48)).shape == (1, 3, 64, 48)
    with pytest.raises(GanlibError, match="multiples of 16"):
        net(torch.zeros(1, 3, 40, 40))
    with pytest.raises(ConfigError, match="multiple of 16"):
        IllustratorConfig(size=40)


def test_what_is_decided_is_certain_but_at_borders():
    logits = torch.zeros(1, 2, 8, 8)
    logits[:, 0, :, :4], logits[:, 1, :, 4:] = 1.0, 1.0
    found = Illustrator.decided(logits)
    torch.testing.assert_close(found.sum(1), torch.ones(1, 8, 8))
    assert found[0, 0, :, :3].min() > 0.99 and found[0, 1, :, 5:].min() > 0.99
    assert 0.5 < found[0, 0, 0, 3] < 0.999


def test_pens_draw_the_layout_that_they_are_shown():
    net, photo, style = network(), images(2, 1, 32), torch.eye(3)[:2]
    drawn, logits = net(photo, style, layouts(2))
    assert drawn.shape == (2, 3, 32, 32) and logits.shape == (2, 4, 16, 16)
    other, same = net(photo, style, layouts(2, seed=6))
    assert torch.equal(logits, same) and not torch.equal(drawn, other)
    own = torch.tensor([True, False]).view(2, 1, 1, 1)
    some, _ = net(photo, style, layouts(2), own)
    torch.testing.assert_close(some[0], net(photo, style)[0])
    torch.testing.assert_close(some[1], drawn[1])


def test_the_palette_is_the_median_of_each_part_wherever_it_lies():
    layout = torch.zeros(2, 2, 16, 16)
    layout[:, 0, :, :8], layout[:, 1, :, 8:] = 1, 1
    colours = torch.tensor([[0.3, -0.2, 0.9], [-1.0, 0.0, 1.0]])
    photo = torch.zeros(2, 3, 32, 32)
    photo[..., :16], photo[..., 16:] = colours[0][:, None, None], colours[1][:, None, None]
    photo[:, :, :12, :16] = torch.tensor([1.0, 1.0, -1.0])[:, None, None]  # a fold, or a print
    photo[1] *= 0.5
    found = median_colours(photo, layout)
    want = torch.stack([colours, colours * 0.5])
    assert (found[:, :, :, :8] - want[:, 0, :, None, None]).abs().max() < 1 / 128
    assert (found[:, :, :, 8:] - want[:, 1, :, None, None]).abs().max() < 1 / 128
    # At a border half of each; a part that is nowhere adds nothing.
    soft = layout.clone()
    soft[..., 7:9] = 0.5
    between = median_colours(photo, soft)[0, :, 8, 8]
    assert (between - colours.mean(0)).abs().max() < 1 / 128
    nowhere = median_colours(photo, torch.cat([soft, torch.zeros_like(soft[:, :1])], 1))
    assert torch.equal(nowhere, median_colours(photo, soft))
    net, seen = network(1, 2), []
    net.pens[0].register_forward_pre_hook(lambda pen, given: seen.append(given[2]))
    net(photo, None, layout)
    torch.testing.assert_close(seen[0], torch.cat([layout, found], 1))


def test_pens_cannot_tell_where_a_line_is_by_features():
    """Only the layout and the photograph itself are as fine as lines."""
    net, seen = network(styles=1), []
    net.pens[0].register_forward_pre_hook(lambda pen, given: seen.append(given))
    net(images(1, 1, 128), None)
    features, photo, layout = seen[0]
    assert features.shape[2:] == (32, 32) and layout.shape[2:] == (64, 64)
    # Bilinear between squares: second differences vanish but at every fourth place.
    bends = features.diff(n=2, dim=-1).abs().amax((0, 1, 2))
    assert (bends[2:-2] > 1e-4).float().mean() < 0.55 and torch.equal(photo, images(1, 1, 128))


def test_what_is_drawn_is_bounded_but_not_while_it_learns():
    """Paper is exactly white: there, tanh would have no derivative in float32."""
    net, photo = network(1), images(2, 1, 32)
    with torch.no_grad():
        net.pens[0].refine[4].bias.fill_(5.0)
    assert net(photo).amax() > 1
    assert net.eval()(photo).amax() == 1


def test_the_scale_of_features_does_not_grow_with_their_weights():
    net, photo = network(1), images(2, 1, 32)
    before = net.features(photo)
    with torch.no_grad():
        for conv in (
            net.stem[1][0],
            net.down1[0][0],
            net.down2[0],
            net.up2.conv[0],
            net.up1.conv[0],
        ):
            conv.weight.mul_(100)
            conv.bias.mul_(100)
    torch.testing.assert_close(net.features(photo), before, rtol=0, atol=2e-3)


@pytest.mark.parametrize("style", [None, torch.zeros(2, 2), torch.zeros(1, 3), torch.zeros(3, 3)])
def test_a_style_is_needed_for_each_photograph(style):
    with pytest.raises(GanlibError, match=r"style must be \(2, 3\) here"):
        network()(images(2, 1, 32), style)


def test_one_style_need_not_be_asked_for():
    net, photo = network(1), images(2, 1, 32)
    assert torch.equal(net(photo), net(photo, torch.ones(2, 1)))


def test_several_drawings_of_a_photograph_are_those_of_its_styles_one_by_one():
    net, photo = network().eval(), images(2, 1, 32)
    asked = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0.2, 0.3, 0.5]]).repeat(2, 1)
    together = net(photo, asked)
    alone = [net(photo[row // 4][None], asked[row][None])[0] for row in range(8)]
    torch.testing.assert_close(together, torch.stack(alone), rtol=0, atol=1e-5)
    assert (together[0] - together[1]).abs().max() > 1e-3


@pytest.mark.parametrize("part", [BEARD, CREASES])
def test_a_beard_or_creases_on_one_side_alone_are_face(monkeypatch, part):
    layout = torch.zeros(2, len(PARTS), 16, 16)
    layout[:, FACE] = 1
    for row, columns in enumerate((slice(2, 14), slice(10, 14))):
        layout[row, part, 10:, columns], layout[row, FACE, 10:, columns] = 0.75, 0.25
    found = both_sided(layout)
    torch.testing.assert_close(found[0], layout[0])
    assert found[1, part].sum() == 0 and found[1, FACE].min() == 1
    torch.testing.assert_close(found.sum(1), torch.ones(2, 16, 16))
    # In use it is done, and in training, where true layouts are drawn by, it is not.
    net, photo = network(1, len(PARTS)).eval(), images(1, 1, 32)
    monkeypatch.setattr(Illustrator, "decided", staticmethod(lambda logits: layout[1:]))
    bare = net(photo, None, found[1:])[0].clamp(-1, 1)
    torch.testing.assert_close(net(photo), bare)
    assert not torch.allclose(net(photo, None, layout[1:])[0].clamp(-1, 1), bare)


def test_what_is_worn_below_the_nose_is_left_out():
    logits = torch.zeros(1, len(PARTS), 64, 64)
    logits[:, FACE] = 2
    logits[:, NOSE, 30:36, 30:34] = 4
    logits[:, WORN, 20:28, 16:48] = 4  # glasses
    clean = logits.clone()
    logits[:, WORN, 38:48, [8, 9, 55]] = 4
    found = ringless(logits, Illustrator.decided(logits))
    assert torch.equal(found.argmax(1), clean.argmax(1))
    logits[:, NOSE] = 0  # where that is, nobody knows
    assert torch.equal(ringless(logits, Illustrator.decided(logits)), logits)


def test_hair_in_place_of_an_ear_ring_hangs_on_nothing():
    logits = torch.zeros(1, len(PARTS), 64, 64)
    logits[:, FACE] = 2
    logits[:, NOSE, 30:36, 30:34] = 4
    logits[:, HANGING[0], :10] = 4
    clean = logits.clone()
    logits[:, WORN, 40:48, 50:58] = 6  # next likely below it: hair, and then face
    logits[:, HANGING[0], 40:48, 50:58] = 4
    assert torch.equal(settled(logits).argmax(1), settled(clean).argmax(1))


def test_a_beard_of_next_to_nothing_is_face():
    layout = torch.zeros(2, len(PARTS), 64, 64)
    layout[:, FACE] = 1
    for row, wide in enumerate((4, 12)):
        layout[row, BEARD, 40:44, 32 - wide : 32 + wide] = 1
        layout[row, FACE, 40:44, 32 - wide : 32 + wide] = 0
    found = both_sided(layout)
    assert found[0, BEARD].sum() == 0 and torch.equal(found[1], layout[1])
    layout[:, CREASES] = layout[:, BEARD]  # creases are thin
    layout[:, BEARD] = 0
    assert torch.equal(both_sided(layout), layout)


@pytest.mark.parametrize("side", [64, 128, 256])
@pytest.mark.parametrize("name", SHORTEST)
def test_pieces_too_short_to_draw_become_what_is_next_likely(side, name):
    part, n, least = list(PARTS).index(name), side // 64, SHORTEST[name]
    logits = torch.zeros(1, len(PARTS), side, side)
    logits[:, FACE] = 2
    length = least * side // 128 + 1
    logits[:, part, 8 * n : 8 * n + length, 30 * n] = 4  # down, across and aslant: long enough
    logits[:, part, 40 * n, 30 * n : 30 * n + length] = 4
    for k in range(length):
        logits[:, part, 20 * n + k, 8 * n + k] = 4
    clean = logits.clone()
    short = max(length - 2 - side // 128, 1)
    logits[:, part, 8 * n : 8 * n + short, 50 * n] = 4  # a speck
    logits[:, part, 50 * n, 50 * n] = 4
    for given in (clean, logits):
        found = unspecked(given, Illustrator.decided(given))
        assert torch.equal(found.argmax(1), clean.argmax(1))
    hair = clean.clone()  # only parts that are drawn as lines, or as patches, are swept
    hair[:, HANGING[0], 50 * n, 50 * n] = 9
    found = unspecked(hair, Illustrator.decided(hair)).argmax(1)
    assert torch.equal(found, hair.argmax(1))


@pytest.mark.parametrize("side", [32, 128, 256])
def test_pieces_that_hang_on_nothing_become_what_is_next_likely(side):
    hair, cover, cloth = HANGING
    logits = torch.zeros(1, len(PARTS), side, side)
    logits[:, FACE] = 2
    n = side // 32
    logits[:, hair, 2 * n : 6 * n, 4 * n : 28 * n] = 4  # a cap with one long strand
    logits[:, hair, 6 * n : 28 * n, 4 * n : 7 * n] = 4
    logits[:, cloth, 28 * n :] = 4
    clean = logits.clone()
    logits[:, hair, 20 * n : 24 * n, 22 * n : 26 * n] = 4  # a lump below an ear
    logits[:, cloth, 12 * n : 15 * n, 22 * n : 26 * n] = 4  # a rag
    logits[:, cover, 24 * n : 26 * n, 12 * n : 18 * n] = 4
    for given in (clean, logits):
        found = joined(given, Illustrator.decided(given))
        assert torch.equal(found.argmax(1), clean.argmax(1))


@pytest.mark.parametrize(("columns", "kept"), [(10, False), (18, True)])
def test_what_covers_too_little_of_a_head_is_hair(columns, kept):
    hair, cover, _ = HANGING
    logits = torch.zeros(1, len(PARTS), 32, 32)
    logits[:, FACE], logits[:, hair, 2:8, 2:30] = 2, 3
    logits[:, cover, 2:8, 2 : 2 + columns] = 4
    found = bareheaded(logits, Illustrator.decided(logits)).argmax(1)
    assert (found == cover).any() == kept
    assert kept or torch.equal(found[0, 2:8, 2:30], torch.full((6, 28), hair))


def test_in_use_nothing_hangs_loose():
    net, photo, drawn = network(1, len(PARTS)).eval(), images(1, 1, 32), []
    for lump in (0.0, 9.0):
        logits = torch.zeros(1, len(PARTS), 16, 16)
        logits[:, FACE], logits[:, HANGING[0], 12:14, 10:13] = 2, lump
        net.layout.forward = lambda features, logits=logits: logits
        drawn.append(net(photo))
    torch.testing.assert_close(*drawn, rtol=0, atol=1e-4)
    # By a true layout it draws what that says.
    layout = Illustrator.decided(logits)
    assert not torch.allclose(net(photo, None, layout)[0].clamp(-1, 1), drawn[1], atol=1e-3)
