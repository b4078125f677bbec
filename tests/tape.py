"""A graph on the CPU that is one: operations recorded with the memory they touched, played again
without Python, as a CUDA graph plays its kernels."""

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

ASKS_THE_HOST = ("_local_scalar_dense", "nonzero")


def _alias(value):
    """The same memory under a name of its own, which later changes of shape do not reach."""
    if not isinstance(value, Tensor):
        return value
    return value.detach().as_strided(value.size(), value.stride(), value.storage_offset())


class _Recorder(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.tape = []

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        with torch.no_grad():
            inputs = tree_map(_alias, (args, kwargs or {}))
        result = operation(*args, **(kwargs or {}))
        with torch.no_grad():
            self.tape.append((operation, *inputs, tree_map(_alias, result)))
        return result


def _is_view(operation):
    returns = operation._schema.returns
    aliases = [one.alias_info for one in returns]
    return bool(returns) and all(alias and not alias.is_write for alias in aliases)


class TapeGraphs:
    """As `capture.CudaGraphs`, for a trainer on the CPU.

    `operations` counts what was recorded; `questions` are operations that would make the host wait
    for the device, which no CUDA graph can hold.
    """

    def __init__(self, trainer):
        self.trainer, self.operations, self.questions = trainer, 0, []

    def warm_up(self, work):
        work()

    def capture(self, work):
        # Recording does the work, which capturing must not: it is undone.
        now = self.trainer.state()[0]
        before = {name: tensor.clone() for name, tensor in now.items()}
        with _Recorder() as recorder:
            work()
        with torch.no_grad():
            for name, tensor in self.trainer.state()[0].items():
                tensor.copy_(before[name])
        names = [str(entry[0]) for entry in recorder.tape]
        self.operations += len(names)
        self.questions += [name for name in names if any(ask in name for ask in ASKS_THE_HOST)]
        return lambda: self._replay(recorder.tape)

    @staticmethod
    @torch.no_grad()
    def _replay(tape):
        for operation, args, kwargs, result in tape:
            if _is_view(operation):
                continue  # it shares its input's memory: nothing to do
            again = operation(*args, **kwargs)
            for new, old in zip(tree_flatten(again)[0], tree_flatten(result)[0], strict=True):
                if isinstance(new, Tensor) and new.data_ptr() != old.data_ptr():
                    old.copy_(new)
