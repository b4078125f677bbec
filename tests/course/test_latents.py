"""The way along the shell: its ends, lengths and angles."""

import torch

from ganlib.lessons import latents

Z = torch.randn(4000, 64, generator=torch.Generator().manual_seed(0)).double()
A, B = Z[:2000], Z[2000:]


def test_slerp_goes_from_one_end_to_the_other():
    torch.testing.assert_close(latents.slerp(A, B, 0.0), A)
    torch.testing.assert_close(latents.slerp(A, B, 1.0), B)


def test_slerp_keeps_lengths_and_divides_the_angle():
    a, b = (x / x.norm(dim=1, keepdim=True) for x in (A, B))
    between = latents.slerp(a, b, 0.3)
    torch.testing.assert_close(between.norm(dim=1), torch.ones(2000).double())
    torch.testing.assert_close(latents.angle(a, between), 0.3 * latents.angle(a, b))
