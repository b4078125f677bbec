"""A device called "mps" on any machine: it computes as the CPU does, and refuses float64 as Apple's
GPUs do.

    with fake_mps():
        torch.ones(2, device="mps").double()     # TypeError, as on a Mac

Tensors of other devices are left alone. What it cannot show is how Apple's kernels round, how fast
they are, and operators that they lack.
"""

from contextlib import contextmanager
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_map, tree_map_only

REFUSAL = (
    "Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support float64. "
    "Please use float32 instead."
)
MPS = torch.device("mps", 0)


class OnMps(torch.Tensor):
    """A tensor that says it lies on mps; its numbers lie in `held`, on the CPU."""

    @staticmethod
    def __new__(cls, held):
        return torch.Tensor._make_wrapper_subclass(
            cls,
            held.size(),
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            layout=held.layout,
            device="cpu",  # in truth: autograd asks PyTorch's own code about it
            requires_grad=held.requires_grad,
        )

    def __init__(self, held):
        if held.dtype in (torch.float64, torch.complex128):
            raise TypeError(REFUSAL)
        self.held = held

    @property
    def device(self):
        return MPS

    def __repr__(self):
        return f"OnMps({self.held!r})"

    @classmethod
    def __torch_dispatch__(cls, operator, types, args=(), kwargs=None):
        return compute(operator, args, kwargs or {})


def compute(operator, args, kwargs):
    """The operator on the CPU; its results are on mps if an input was, or if it was asked for."""
    inputs = []
    tree_map_only(OnMps, inputs.append, (args, kwargs))
    asked = kwargs.get("device")
    on_mps = bool(inputs) if asked is None else torch.device(asked).type == "mps"
    held = tree_map_only(OnMps, lambda tensor: tensor.held, (args, kwargs))
    plain, options = held
    if asked is not None:
        options = options | {"device": torch.device("cpu") if on_mps else asked}
    result = operator(*plain, **options)
    if not on_mps:
        return result
    result = tree_map(lambda x: OnMps(x) if isinstance(x, torch.Tensor) else x, result)
    return return_and_correct_aliasing(operator, args, kwargs, result) if inputs else result


class _Factory(TorchDispatchMode):
    """Catches what asks for mps with tensors of other devices, or with none."""

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        return compute(operator, args, kwargs or {})


class _Moves(TorchFunctionMode):
    """What PyTorch does by a tensor's true device, before any operator is asked for."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function is torch.Tensor.to:
            options = {key: value for key, value in kwargs.items() if key != "copy"}
            device, dtype, _, layout = torch._C._nn._parse_to(*args[1:], **options)
            other = args[1] if len(args) > 1 else kwargs.get("other")
            where = other.device if isinstance(other, torch.Tensor) else device
            return _move(args[0], where or args[0].device, dtype, layout, kwargs.get("copy"))
        if function is torch.Tensor.cpu:
            return _move(args[0], torch.device("cpu"))
        if function is torch.Tensor.tolist and isinstance(args[0], OnMps):
            return args[0].held.tolist()
        if function in (torch.tensor, torch.as_tensor) and kwargs.get("device") is not None:
            where = torch.device(kwargs["device"])
            return _move(function(*args, **kwargs | {"device": "cpu"}), where)
        return function(*args, **kwargs)


def _move(tensor, where, dtype=None, layout=None, copy=False):
    """`tensor.to(...)`."""
    here = tensor.device.type == where.type
    asked = {"dtype": dtype or tensor.dtype, "memory_format": layout}
    placed = layout is None or tensor.is_contiguous(memory_format=layout)
    if here and asked["dtype"] == tensor.dtype and placed and not copy:
        return tensor
    return torch.ops.aten._to_copy.default(tensor, device=where, **asked)


@contextmanager
def fake_mps():
    """Within, "mps" is a device that "auto" finds. Inference mode is no_grad: it takes no views of
    tensors like these."""
    swap = torch.__future__
    before = swap.get_swap_module_params_on_conversion()
    swap.set_swap_module_params_on_conversion(True)
    plain = {name: getattr(torch.no_grad, name) for name in ("__enter__", "__exit__")}
    try:
        with (
            mock.patch.object(torch.backends.mps, "is_available", lambda: True),
            mock.patch.multiple(torch.inference_mode, **plain, create=True),
            _Factory(),
            _Moves(),
        ):
            yield MPS
    finally:
        swap.set_swap_module_params_on_conversion(before)
