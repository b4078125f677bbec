"""What keeps the person: the reconstruction terms that join the adversarial one in G's loss.

Every function takes images (N, C, H, W) in [-1, 1] and returns a scalar: a mean absolute difference
per pixel and channel, 0 for equal images and 2 for opposite ones.
"""

from torch import Tensor
from torch.nn.functional import avg_pool2d, l1_loss

from ganlib.errors import GanlibError


def l1(output: Tensor, target: Tensor) -> Tensor:
    """Mean |output - target| (Isola et al. 2017, equation 3): for pairs whose answer is known."""
    return l1_loss(output, target)


def low_frequency(output: Tensor, source: Tensor, factor: int = 16) -> Tensor:
    """L1 after both are averaged over `factor` x `factor` squares of pixels, half overlapping.

    Pose and colour survive the averaging and are held to the source; outlines and eyes do not, and
    stay free to become a drawing. The squares overlap, because G would otherwise learn their grid
    and paint it. `factor` must divide both sides of the images.
    """
    if output.shape[-2] % factor or output.shape[-1] % factor:
        size = f"{output.shape[-1]}x{output.shape[-2]}"
        raise GanlibError(
            f"low_frequency cannot average images of {size} pixels over squares of {factor}; "
            "choose a factor that divides both sides."
        )
    stride = max(1, factor // 2)
    return l1_loss(avg_pool2d(output, factor, stride), avg_pool2d(source, factor, stride))


def cycle(returned: Tensor, source: Tensor) -> Tensor:
    """L1 between F(G(x)) and x: there and back again (Zhu et al. 2017, equation 2, one half)."""
    return l1_loss(returned, source)


def identity(output: Tensor, target: Tensor) -> Tensor:
    """L1 between G(y) and y: what is a drawing already stays as it is (Zhu et al. 2017, 5.2)."""
    return l1_loss(output, target)
