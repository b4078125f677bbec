"""What a speed was measured on."""

import torch

from ganlib.measure.hardware import hardware


def test_hardware_says_what_a_speed_needs():
    found = hardware()
    assert {"cpu", "cores", "gpu", "torch", "python", "ganlib"} <= set(found)
    assert found["cores"] >= 1 and found["torch"] == torch.__version__ and found["cpu"]
