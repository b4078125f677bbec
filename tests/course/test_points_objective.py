"""Noise to points: the terms against their formulas, each run for itself, exact resume."""

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import softplus

from benchmarks.points import NoiseToPoints, PointSampler, PointsConfig, PointsLoss, PointsShape
from ganlib.core.config import Schedule, TrainConfig
from ganlib.core.errors import GanlibError
from ganlib.core.penalties import r1, r2, wgan_gp
from ganlib.core.trainer import Trainer
from ganlib.lessons.mlp import MLP, MLPConfig
from ganlib.lessons.toys import Gaussian1D, grid, ring
from ganlib.pipelines.build import build_run

SEEDS = tuple(range(10))


def objective(seeds=SEEDS, d=2, **options):
    shape = {"width": 8, "depth": 2}
    loss = PointsLoss(**options)
    return NoiseToPoints(
        MLP(MLPConfig(3, d, **shape), [2 * s for s in seeds]),
        MLP(MLPConfig(d * loss.packing, 1, **shape), [2 * s + 1 for s in seeds]),
        loss,
    )


def trainer(seeds=SEEDS, steps=12, out=None, truth=None, d=2, wide=False, train=None, **options):
    problem, sampler = objective(seeds, d, **options), PointSampler(truth or ring(), 3, seeds)
    run = {"lr_g": 1e-3, "lr_d": 1e-3, "decay": 0.0, "precision": "fp32"} | (train or {})
    config = TrainConfig(8 * steps, 8, **run)
    if not wide:
        return Trainer(problem, sampler, config, out)
    doubles = lambda n: {name: rows.double() for name, rows in sampler(n).items()}  # noqa: E731
    return Trainer(problem.double(), doubles, config, out)


@pytest.mark.parametrize("packing", [1, 2, 4])
def test_terms_are_sums_over_runs_of_their_own_means(packing):
    weights = {"r1_gamma": 0.3, "r2_gamma": 0.7, "gradient_penalty": 2, "penalty_every": 3}
    problem = objective(packing=packing, **weights)
    batch = PointSampler(grid(), 3, SEEDS)(8)
    fakes = problem.generate(batch)
    d_terms = problem.discriminator_loss(batch, fakes) | problem.penalty(batch, fakes)
    g_terms = problem.generator_loss(batch, fakes)

    wanted = dict.fromkeys(("adversarial", "r1", "r2", "gp", "g"), 0)
    for s, seed in enumerate(SEEDS):
        alone = objective((seed,), packing=packing)
        packs = (8 // packing, 2 * packing)
        real = batch["real"][:, s].reshape(packs)
        fake = alone.generator(batch["noise"][:, s]).reshape(packs)
        d, mix = alone.discriminator, batch["mix"][::packing, s]
        wanted["adversarial"] += softplus(-d(real)).mean() + softplus(d(fake)).mean()
        wanted["g"] += softplus(-d(fake)).mean()
        wanted["r1"] += 3 * 0.3 * r1(d, real)
        wanted["r2"] += 3 * 0.7 * r2(d, fake)
        wanted["gp"] += 3 * 2 * wgan_gp(d, real, fake, mix)
    torch.testing.assert_close(d_terms | {"g": g_terms["adversarial"]}, wanted)
    assert problem.penalty_every == 3


def test_d_does_not_move_g():
    problem, batch = objective(), PointSampler(ring(), 3, SEEDS)(8)
    problem.discriminator_loss(batch, problem.generate(batch))["adversarial"].backward()
    assert all(p.grad is None for p in problem.generator.parameters())
    assert all(p.grad is not None for p in problem.discriminator.parameters())


def test_no_weight_no_penalty():
    assert objective(r1_gamma=0).penalty_every == 0
    assert objective(r1_gamma=0, r2_gamma=0.1).penalty_every == 1


CASES = {
    "plain": {"r1_gamma": 0},
    "penalties": {"r2_gamma": 0.1, "penalty_every": 2},
    "packs": {"packing": 2},
    "relativistic": {"loss": "relativistic"},
    "critic": {
        "loss": "wasserstein",
        "gradient_penalty": 10,
        "r1_gamma": 0,
        "train": {"d_steps": 3},
    },
    "line": {"truth": Gaussian1D(2, 0.5), "d": 1},
}


@pytest.mark.parametrize("case", CASES)
def test_a_run_in_a_stack_of_ten_is_the_run_alone(case):
    # In float64: Adam makes steps of float32's rounding where a gradient is 0 on paper, as it is
    # for D's last bias under the relativistic loss.
    stack = trainer(wide=True, **CASES[case]).run()
    for s in (0, 7):
        alone = trainer((SEEDS[s],), wide=True, **CASES[case]).run()
        for part in ("generator", "discriminator"):
            pairs = zip(
                getattr(stack.objective, part).named_parameters(),
                getattr(alone.objective, part).parameters(),
                strict=True,
            )
            for (name, ours), single in pairs:
                # Not bit for bit: batched products may add in another order.
                torch.testing.assert_close(
                    ours[s : s + 1], single, rtol=1e-7, atol=1e-9, msg=f"{part} {name} of run {s}"
                )
        start = MLP(alone.objective.generator.config, [2 * SEEDS[s]])
        assert not torch.allclose(start.weights[0].double(), alone.objective.generator.weights[0])


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path):
    options = {"r2_gamma": 0.1, "penalty_every": 3, "train": {"d_steps": 2}}
    whole = trainer(steps=8, out=tmp_path / "whole", **options).run()
    trainer(steps=5, out=tmp_path / "half", **options).run()
    resumed = trainer(steps=8, out=tmp_path / "half", **options).resume().run()
    for name, tensor in whole.state()[0].items():
        assert torch.equal(tensor, resumed.state()[0][name]), name


def test_a_weight_may_be_a_schedule():
    falling = Schedule(((0, 1.0), (48, 0.0)))
    run = trainer(r1_gamma=falling, steps=12)
    batch = run.sampler(8)
    full = run.objective.penalty(batch, run.objective.generate(batch))["r1"]
    run.images = 24
    run.begin_step()
    half = run.objective.penalty(batch, run.objective.generate(batch))["r1"]
    torch.testing.assert_close(half, full / 2)


def test_a_config_is_built_into_a_run():
    """The networks, the points and the course of a run put together by hand, and its start."""
    falling = Schedule(((0, 0.01), (256, 0.001)))
    loss = PointsLoss(r1_gamma=falling, r2_gamma=falling, packing=2, penalty_every=2)
    train = TrainConfig(64, 8, betas=(0.0, 0.99), precision="fp32")
    shape = PointsShape(latent=3, width=8, depth_g=4, depth_d=2, negative_slope=0.0)
    config = PointsConfig("grid", (3, 5), shape, loss, train)
    run = build_run(config, device="cpu").run()
    by_hand = NoiseToPoints(
        MLP(MLPConfig(3, 2, 8, 4, 0.0), (6, 10)), MLP(MLPConfig(4, 1, 8, 2, 0.2), (7, 11)), loss
    )
    sampler = PointSampler(grid(), 3, (3, 5), unit=grid().spread)
    expected = Trainer(by_hand, sampler, train).run()
    for ours, theirs in zip(run.ema.parameters(), expected.ema.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert run.about["distribution"] == "grid"
    with pytest.raises(GanlibError, match="distribution must be one of ring, grid"):
        replace(config, distribution="cross")


def test_a_sampler_draws_anew_and_alike_in_any_company():
    sampler, alone = PointSampler(ring(), 3, SEEDS), PointSampler(ring(), 3, SEEDS[4:5])
    torch.manual_seed(1)
    first, second = sampler(6), sampler(6)
    assert {k: tuple(v.shape) for k, v in first.items()} == {
        "real": (6, 10, 2),
        "noise": (6, 10, 3),
        "mix": (6, 10),
    }
    for name in first:
        assert not torch.equal(first[name], second[name])
        assert not torch.equal(first[name][:, 0], first[name][:, 1])
    torch.manual_seed(1)
    for batch in (first, second):
        single = alone(6)
        for name in batch:
            assert torch.equal(batch[name][:, 4:5], single[name]), name


def test_a_unit_divides_the_points_alone():
    torch.manual_seed(1)
    whole = PointSampler(grid(), 3, SEEDS)(5)
    torch.manual_seed(1)
    scaled = PointSampler(grid(), 3, SEEDS, unit=2.0)(5)
    assert torch.equal(scaled["real"], whole["real"] / 2)
    assert torch.equal(scaled["noise"], whole["noise"])


def test_networks_must_fit():
    g, d = MLP(MLPConfig(3, 2)), MLP(MLPConfig(2, 1))
    with pytest.raises(GanlibError, match="give D inputs=4"):
        NoiseToPoints(g, d, PointsLoss(packing=2))
    with pytest.raises(GanlibError, match="as many seeds"):
        NoiseToPoints(g, MLP(MLPConfig(2, 1), (0, 1)))
    problem = objective(packing=3)
    with pytest.raises(GanlibError, match="8 points do not fall into packs of 3"):
        problem.generator_loss({}, {"points": torch.zeros(8, 10, 2)})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"packing": 0}, "packing must be a whole number, 1 or more"),
        ({"packing": 1.5}, "packing must be a whole number"),
        ({"r1_gamma": -1}, "r1_gamma must be 0 or more"),
        ({"penalty_every": 0}, "penalty_every must be a whole number, 1 or more"),
        ({"gradient_penalty": float("nan")}, "gradient_penalty must be 0 or more"),
        ({"loss": "chess"}, "loss must be one of minimax"),
    ],
)
def test_bad_options_get_a_sentence(options, words):
    with pytest.raises(GanlibError, match=words):
        PointsLoss(**options)
