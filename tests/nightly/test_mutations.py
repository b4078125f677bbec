"""Tests that cannot fail prove nothing: each classic mistake, made on purpose, turns them red.

A mutation replaces one passage of one file in a copy of the library; the named tests, run on the
copy, must fail. Run on the untouched copy, they all pass.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent


class Mutation(NamedTuple):
    mistake: str
    file: str
    right: str
    wrong: str
    caught_by: str


MUTATIONS = (
    Mutation(
        "sign of G's loss",
        "losses.py",
        "return softplus(-_wide(fake)).mean()",
        "return -softplus(-_wide(fake)).mean()",
        "test_losses.py::test_values_and_gradients[nonsaturating]",
    ),
    Mutation(
        "labels of real and fake exchanged in D",
        "losses.py",
        "(softplus(-real) + smoothing * real).mean() + softplus(_wide(fake)).mean()",
        "(softplus(real) + smoothing * real).mean() + softplus(-_wide(fake)).mean()",
        "test_losses.py::test_values_and_gradients[nonsaturating]",
    ),
    Mutation(
        "fakes not detached in D's step",
        "objectives/paired.py",
        "pool(fake, parts) if pool else fake.detach()",
        "pool(fake, parts) if pool else fake",
        "test_objectives.py::test_discriminator_loss_does_not_reach_the_generator",
    ),
    Mutation(
        "penalty summed over the batch, averaged over the pixels",
        "penalties.py",
        "slope.square().flatten(1).sum(1)",
        "slope.square().flatten(1).sum(0)",
        "test_penalties.py::test_quadratic_discriminator",
    ),
    Mutation(
        "gradient penalty's norm over the channels alone",
        "penalties.py",
        "slope.square().flatten(1).sum(1)",
        "slope.square().sum(1).flatten(1).mean(1)",
        "test_penalties.py::test_wgan_gp_against_a_loop_by_hand",
    ),
    Mutation(
        "lazy penalty not scaled by its interval",
        "objectives/paired.py",
        'self.weight("r1_gamma") * s.r1_every * r1(',
        'self.weight("r1_gamma") * r1(',
        "test_objectives.py::test_paired",
    ),
    Mutation(
        "average of the wrong network",
        "training.py",
        "now: list[Tensor] = list(self.objective.generator.parameters())",
        "now: list[Tensor] = list(self.ema.parameters())",
        "test_training.py::test_average_equals_its_closed_form",
    ),
    Mutation(
        "D not frozen in G's step",
        "training.py",
        "self._freeze(self.d_parameters, True)",
        "self._freeze(self.d_parameters, False)",
        "test_training.py::test_each_player_moves_only_in_its_own_step",
    ),
    Mutation(
        "gradients not cleared",
        "training.py",
        "adam.zero_grad(set_to_none=True)",
        "pass",
        "test_training.py::test_each_player_moves_only_in_its_own_step",
    ),
    Mutation(
        "fakes reused after G moved",
        "training.py",
        "outputs = objective.generate(batch)\n        record |=",
        'outputs = self.__dict__.setdefault("old", objective.generate(batch))\n        record |=',
        "test_training.py::test_lazy_penalty_comes_every_fourth_step",
    ),
    Mutation(
        "fakes cut off from G in G's loss",
        "objectives/mixed.py",
        "anime, wild_anime = drawings.split(",
        "anime, wild_anime = drawings.detach().requires_grad_().split(",
        "test_objectives.py::test_a_generator_learns_from_every_term",
    ),
    Mutation(
        "low frequencies compared at full detail",
        "reconstruction.py",
        "return avg_pool2d(images, factor, max(1, factor // 2))",
        "return images",
        "test_reconstruction.py::test_low_frequency_does_not_see_detail",
    ),
    Mutation(
        "variance and precision of exposures exchanged",
        "exposure.py",
        "(ones @ pulled + spread**-2)",
        "(ones @ pulled + spread**2)",
        "test_exposure.py::test_the_weights_find_the_exposure_of_the_largest_density[0.05]",
    ),
    Mutation(
        "the way back learns made drawings, not real photographs",
        "back.py",
        "return PairedSampler(translated(model, photo, precision), photo, jitter=0)",
        "return PairedSampler(photo, translated(model, photo, precision), jitter=0)",
        "test_back.py::test_the_way_back_learns_real_photographs_from_made_drawings",
    ),
    Mutation(
        "photographs held to a light that they were not taken in",
        "objectives/mixed.py",
        'source = batch.get("source", batch["wild"])',
        'source = batch["wild"]',
        "test_objectives.py::test_the_wild_are_held_to_their_own_light",
    ),
    Mutation(
        "a reader that sees features alone",
        "probe.py",
        "return [*seen, image]",
        "return [image]",
        "test_probe.py::test_the_levels_lead_from_the_picture_to_the_features",
    ),
    Mutation(
        "step sizes never fall",
        "settings.py",
        "factor = 1.0 if left >= self.decay_fraction else left / self.decay_fraction",
        "factor = 1.0",
        "test_training.py::test_rates_fall_linearly_at_the_end",
    ),
    Mutation(
        "simultaneous updates that take turns",
        "training.py",
        'alternating = self.config.update == "alternating"',
        "alternating = True",
        "test_updates.py::test_simultaneous",
    ),
    Mutation(
        "D's further steps on G's own batch",
        "training.py",
        "for penalise in penalised[:-1]:\n            batch = self._batch()",
        "batch = self._batch()\n        for penalise in penalised[:-1]:",
        "test_updates.py::test_alternating[3]",
    ),
    Mutation(
        "pool that forgets what it gives away",
        "pool.py",
        "torch.where(swap, fakes.to(kept.dtype), kept)",
        "kept",
        "test_pool.py::test_a_step_is_the_loop_of_the_paper",
    ),
    Mutation(
        "a formula's derivative with its sign turned",
        "three_numbers.py",
        "return -state.phi1 *",
        "return state.phi1 *",
        "test_formulas.py::test_value_and_gradient[01.6]",
    ),
    Mutation(
        "exercises judged by value alone",
        "checks/core.py",
        "if differentiable and value.requires_grad",
        "if False and value.requires_grad",
        "test_checks.py::test_every_answer_gets_one_line[cut off]",
    ),
    Mutation(
        "the average's share swallowed by the graph",
        "capture.py",
        "trainer.play(kind, self.rates[2])",
        "trainer.play(kind, trainer.config.share(trainer.images + trainer.config.batch))",
        "test_capture.py::test_captured_steps_equal_eager_ones_bit_for_bit[plain]",
    ),
    Mutation(
        "step sizes swallowed by the graph",
        "capture.py",
        'group["lr"], group["capturable"] = rate, True',
        "pass",
        "test_capture.py::test_captured_steps_equal_eager_ones_bit_for_bit[plain]",
    ),
    Mutation(
        "every process draws noise for itself",
        "objectives/noise.py",
        "return joined(",
        "return (lambda draw, parts: draw(*parts))(",
        "test_distributed.py::test_two_processes_are_one_with_the_joined_batch[noise]",
    ),
    Mutation(
        "each fake judged with another's condition",
        "objectives/conditional.py",
        "condition.repeat(blocks, 1)",
        "condition.roll(1, 0).repeat(blocks, 1)",
        "test_conditional.py::test_losses_are_those_of_the_game[nonsaturating]",
    ),
)
CATCHERS = sorted({mutation.caught_by for mutation in MUTATIONS})


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The library and its tests, to be spoilt; `data` is only read."""
    place = tmp_path_factory.mktemp("mutations")
    ignore = shutil.ignore_patterns("__pycache__", "test_mutations.py")
    for folder in ("ganlib", "tests"):
        shutil.copytree(ROOT / folder, place / folder, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", place)
    (place / "data").symlink_to(ROOT / "data")
    return place


def passes(copy, *tests):
    """(whether the tests pass on the copy, what they printed)."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    # No bytecode: a mutation of the same second and length would not be noticed.
    surroundings = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*command, *(f"tests/{test}" for test in tests)],
        cwd=copy,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr  # 1: tests ran, and some failed
    return done.returncode == 0, done.stdout


def test_the_untouched_copy_passes(copy):
    fine, printed = passes(copy, *CATCHERS)
    assert fine, printed


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.mistake.replace(" ", "-"))
def test_a_mistake_is_caught(mutation, copy):
    file = copy / "ganlib" / mutation.file
    source = file.read_text(encoding="utf-8")
    assert source.count(mutation.right) >= 1, f"{mutation.file} no longer has {mutation.right!r}"
    try:
        file.write_text(source.replace(mutation.right, mutation.wrong, 1), encoding="utf-8")
        fine, printed = passes(copy, mutation.caught_by)
    finally:
        file.write_text(source, encoding="utf-8")
    assert not fine, f"{mutation.caught_by} does not notice: {mutation.mistake}\n{printed}"
