"""A history of fakes: what goes in, what comes out, and how often."""

import torch

from ganlib.core.pool import ImagePool


def numbered(start, n):
    """n images (3, 2, 2), each filled with its number."""
    return torch.arange(start, start + n).float().view(n, 1, 1, 1).expand(n, 3, 2, 2)


def numbers(images):
    return images[:, 0, 0, 0].tolist()


def test_it_fills_before_it_exchanges():
    pool = ImagePool(5, (3, 2, 2))
    assert numbers(pool(numbered(0, 3))) == [0, 1, 2] and pool.held == 3
    out = numbers(pool(numbered(3, 3)))
    assert out[:2] == [3, 4] and out[2] in range(6) and pool.held == 5


def test_nothing_is_lost_or_doubled_and_half_is_old():
    torch.manual_seed(0)
    pool, given, new = ImagePool(50, (3, 2, 2)), [], 0
    for start in range(0, 4000, 8):
        out = numbers(pool(numbered(start, 8)))
        given += out
        if start >= 50:
            new += sum(n >= start for n in out)
    # What filled the pool was both kept and given back.
    assert sorted(given + numbers(pool.images)) == sorted([*range(4000), *range(50)])
    # ½ of about 3,900; the standard deviation of the share is 0.008.
    assert abs(new / (4000 - 56) - 0.5) < 0.04


def test_a_batch_may_be_larger_than_the_pool():
    pool = ImagePool(3, (3, 2, 2))
    out = numbers(pool(numbered(0, 10)))
    assert sorted(out + numbers(pool.images)) == sorted([*range(10), *range(3)])


def test_a_step_is_the_loop_of_the_paper():
    """With the same draws: a place for each fake, and a coin."""
    pool = ImagePool(4, (3, 2, 2))
    pool(numbered(0, 4))
    torch.manual_seed(7)
    out = numbers(pool(numbered(4, 3)))
    torch.manual_seed(7)
    places, coins = torch.randperm(4)[:3].tolist(), (torch.rand(3, 1, 1, 1) < 0.5).flatten()
    kept, expected = [0, 1, 2, 3], []
    for fake, place, coin in zip([4, 5, 6], places, coins, strict=True):
        expected.append(kept[place] if coin else fake)
        kept[place] = fake if coin else kept[place]
    assert out == expected and numbers(pool.images) == kept


def test_half_precision_and_graphs():
    pool = ImagePool(2, (3, 2, 2))
    fakes = torch.randn(4, 3, 2, 2, dtype=torch.bfloat16, requires_grad=True)
    out = pool(fakes)
    assert out.dtype == torch.bfloat16 and not out.requires_grad


def test_a_restored_pool_goes_on_as_the_saved_one():
    saved, restored = ImagePool(4, (3, 2, 2)), ImagePool(4, (3, 2, 2))
    saved(numbered(0, 3))  # not full yet
    for start in (3, 6):  # and then full
        restored.load_state_dict(saved.state_dict())
        outputs = []
        for pool in (saved, restored):
            torch.manual_seed(start)
            outputs.append(numbers(pool(numbered(start, 3))))
        assert outputs[0] == outputs[1] and torch.equal(saved.images, restored.images)
