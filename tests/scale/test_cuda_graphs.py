"""The bookkeeping of captured steps, by graphs that simply do the work again."""

import pytest
import torch
from tiny import (
    assert_same_state,
    conditional_objective,
    conditional_sampler,
    cycle_objective,
    dataset,
    discriminator,
    noise_objective,
    translator,
    unpaired_sampler,
)

from ganlib.core.config import PairedLoss, Schedule, TrainConfig, UnpairedLoss
from ganlib.core.errors import ConfigError
from ganlib.core.objectives import PairedTranslation, UnpairedTranslation
from ganlib.core.trainer import Trainer
from ganlib.data.samplers import ImageSampler, PairedSampler, UnpairedSampler
from ganlib.scale.cuda_graphs import CompiledTrainer, GraphTrainer


class FakeGraphs:
    """As `CUDAGraphs`: capturing does nothing, and each replay does the captured work again."""

    def __init__(self):
        self.log = []

    def warm_up(self, work):
        self.log.append("eager")
        work()

    def capture(self, work):
        trainer, name = work.__self__, f"graph{sum('capture' in entry for entry in self.log)}"
        self.log.append(f"capture {name}")

        def replay():
            self.log.append(name)
            trainer.capturing = True  # as while it was captured: the host decides nothing
            work()
            trainer.capturing = False

        return replay


def with_fakes(kind, graphs=None):
    return {"graphs": graphs or FakeGraphs()} if kind is GraphTrainer else {}


def noise_trainer(kind=Trainer, images=64, device="cpu", decay=0.75, every=4, graphs=None, **train):
    """Steps of 4 images of 16 pixels, with falling learning rates."""
    gamma = 0.05 if every else 0
    objective = noise_objective(penalty_every=every or 1, r1_gamma=gamma).to(device)
    sampler = ImageSampler(dataset())
    sampler.anime.images = sampler.anime.images.to(device)
    config = TrainConfig(images, 4, **{"decay": decay, "precision": "fp32", **train})
    fakes = with_fakes(kind, graphs) if device == "cpu" else {}
    return kind(objective, sampler, config, **fakes)


def eager_steps(trainer, n):
    """Without graphs, whatever the trainer: with the same arithmetic bit for bit."""
    for _ in range(n):
        Trainer.train_step(trainer)
    return trainer


def steps(trainer, n):
    for _ in range(n):
        trainer.train_step()
    return trainer


def assert_equal_runs(first, second):
    assert_same_state(first, second)
    for ours, theirs in zip(first.records, second.records, strict=True):
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name].float(), theirs[name]) for name in ours)


def translation(kind, objective=UnpairedTranslation, sampler=UnpairedSampler, d_steps=1):
    torch.manual_seed(0)
    loss = PairedLoss if objective is PairedTranslation else UnpairedLoss
    problem = objective(translator(), discriminator(), loss(penalty_every=4))
    config = TrainConfig(64, 4, d_steps=d_steps, precision="fp32")
    given = sampler(dataset(seed=1), dataset(seed=2))
    return kind(problem, given, config, **with_fakes(kind))


def faces(kind):
    config = TrainConfig(64, 4, precision="fp32")
    problem = conditional_objective(penalty_every=3)
    return kind(problem, conditional_sampler(), config, **with_fakes(kind))


CASES = {
    "plain": noise_trainer,
    "2 updates of D": lambda kind: noise_trainer(kind, d_steps=2),
    "5 updates of D": lambda kind: noise_trainer(kind, d_steps=5),
    "paired": lambda kind: translation(kind, PairedTranslation, PairedSampler, d_steps=2),
    "unpaired": translation,
    "faces": faces,
}


@pytest.mark.parametrize("case", CASES)
def test_captured_steps_equal_eager_ones_bit_for_bit(case):
    eager, graphed = CASES[case](GraphTrainer), CASES[case](GraphTrainer)
    eager_steps(eager, 16)
    steps(graphed, 16)
    assert_equal_runs(eager, graphed)
    assert any(entry.startswith("graph") for entry in graphed.graphs.log)


@pytest.mark.parametrize("case", CASES)
def test_captured_runs_are_those_of_a_plain_trainer(case):
    """But for rounding: Adam that reads its learning rate from the device is another kernel."""
    plain, graphed = steps(CASES[case](Trainer), 12), steps(CASES[case](GraphTrainer), 12)
    for ours, theirs in zip(plain.ema.parameters(), graphed.ema.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=2e-5, rtol=1e-3)
    assert [r.keys() for r in plain.records] == [r.keys() for r in graphed.records]


def test_a_graph_reads_the_numbers_of_each_step_from_the_device():
    trainer = steps(noise_trainer(GraphTrainer), 5)
    held = [adam.param_groups[0]["lr"] for adam in (trainer.optimizer_d, trainer.optimizer_g)]
    held.append(trainer.ema_share)
    assert all(isinstance(number, torch.Tensor) for number in held)
    places = [number.data_ptr() for number in held]
    steps(trainer, 10)
    # Before the 15th step 8 of 64 images were left, of the 48 over which the rates fall.
    factor, half_life = (8 / 64) / 0.75, 60 / 10
    wanted = [6e-4 * factor, 1.5e-4 * factor, 1 - 0.5 ** (4 / half_life)]
    assert [number.item() for number in held] == pytest.approx(wanted)
    now = [adam.param_groups[0]["lr"] for adam in (trainer.optimizer_d, trainer.optimizer_g)]
    assert [number.data_ptr() for number in (*now, trainer.ema_share)] == places
    assert isinstance(trainer.report()["lr"], float)


def test_terms_are_copied_out_of_the_fixed_vector():
    """The next replay writes over it, and a report reads many steps."""
    trainer = steps(noise_trainer(GraphTrainer), 8)
    before = [{name: value.item() for name, value in record.items()} for record in trainer.records]
    steps(trainer, 4)
    after = [{n: value.item() for n, value in record.items()} for record in trainer.records]
    assert after[:8] == before and len({record["g_adversarial"] for record in after}) == 12


def test_which_graph_plays_when():
    trainer = steps(noise_trainer(GraphTrainer, every=4), 12)
    plain, lazy = "graph0", "graph1"
    assert trainer.graphs.log == [
        *["eager"] * 3,  # steps 0 (with the penalty), 1, 2
        f"capture {plain}",
        plain,  # step 3
        f"capture {lazy}",
        *[lazy, plain, plain, plain] * 2,  # steps 4 to 11
    ]


@pytest.mark.parametrize("every", [0, 1])
def test_one_graph_is_enough_for_steps_that_are_all_alike(every):
    trainer = steps(noise_trainer(GraphTrainer, every=every), 6)
    assert trainer.graphs.log == [*["eager"] * 3, "capture graph0", *["graph0"] * 3]


def test_each_kind_of_step_is_played_before_it_is_captured():
    # A run resumed at step 5 meets the penalty only at step 8, and step 5 has none before it.
    first = eager_steps(noise_trainer(GraphTrainer, every=4), 5)
    resumed = noise_trainer(GraphTrainer, every=4)
    resumed.load_state(*first.state())
    steps(resumed, 8)
    kinds = ["eager", "capture graph0", "graph0", "graph0", "eager", *["graph0"] * 3]
    assert resumed.graphs.log == [*kinds, "capture graph1", "graph1"]


def test_several_updates_of_d_make_a_graph_of_each_kind():
    # Of 2 updates the first has the penalty in every second step; of 5, one or two in every step.
    for d_steps, kinds in ((2, 2), (5, 4)):
        trainer = steps(noise_trainer(GraphTrainer, d_steps=d_steps), 12)
        captured = [entry for entry in trainer.graphs.log if entry.startswith("capture")]
        assert len(captured) == kinds


def test_a_run_may_be_resumed_with_graphs_and_without():
    whole = eager_steps(noise_trainer(GraphTrainer), 16)
    half = steps(noise_trainer(GraphTrainer), 9)
    other = noise_trainer(GraphTrainer, compile="step")
    other.load_state(*half.state())
    assert_same_state(steps(other, 7), whole)
    plain = noise_trainer(Trainer)
    plain.load_state(*half.state())
    assert steps(plain, 7).step == 16
    for ours, theirs in zip(plain.ema.parameters(), whole.ema.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=2e-5, rtol=1e-3)


@pytest.mark.parametrize(
    ("loss", "named"),
    [({"r1_gamma": Schedule(((0, 0.1), (9, 0.2)))}, "r1_gamma"), ({"pool": 4}, "pool")],
)
def test_what_a_graph_cannot_hold_is_refused(loss, named):
    objective = cycle_objective(**loss) if "pool" in loss else noise_objective(**loss)
    sampler = unpaired_sampler() if "pool" in loss else ImageSampler(dataset())
    config = TrainConfig(8, 4, compile="step")
    with pytest.raises(ConfigError, match=f"'step' does not fit; .* it cannot hold {named}"):
        GraphTrainer(objective, sampler, config, graphs=FakeGraphs())


def test_a_sampler_that_draws_on_the_host_is_refused():
    config = TrainConfig(8, 4, compile="both")
    with pytest.raises(ConfigError, match="'both' does not fit; .* a sampler that draws on the"):
        GraphTrainer(noise_objective(), lambda n: {}, config, graphs=FakeGraphs())


def test_a_capture_that_fails_leaves_an_eager_trainer():
    class Failing(FakeGraphs):
        def capture(self, work):
            raise RuntimeError("an operation is not permitted while a stream is captured")

    trainer = steps(noise_trainer(GraphTrainer, graphs=Failing()), 3)
    with pytest.raises(RuntimeError, match="not permitted"):
        trainer.train_step()
    assert not trainer.capturing


@pytest.mark.parametrize("mode", ["nets", "both", "step", "off"])
def test_compiled_networks_leave_penalties_eager(mode, monkeypatch):
    compiled, stances = [], []
    monkeypatch.setattr(
        torch.nn.Module, "compile", lambda self, **options: compiled.append((self, options))
    )
    trainer, other = noise_trainer(CompiledTrainer, compile=mode), noise_trainer()
    objective = trainer.objective
    networks = [objective.generator, objective.discriminator] if mode in ("nets", "both") else []
    assert compiled == [(network, {"dynamic": False}) for network in networks]
    stance = torch._dynamo.eval_frame._stance

    def watch(images, forward=objective.discriminator.forward):
        stances.append(torch._dynamo.eval_frame._stance.stance)
        return forward(images)

    objective.discriminator.forward = watch
    steps(trainer, 5)
    assert torch._dynamo.eval_frame._stance == stance
    # D's step, the penalty in the steps 0 and 4, and G's step.
    lazy, plain = ["default", "force_eager", "default"], ["default"] * 2
    expected = [*lazy, *plain * 3, *lazy] if networks else ["default"] * len(stances)
    assert stances == expected
    assert_same_state(trainer, steps(other, 5))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
@pytest.mark.parametrize(
    ("mode", "kind"), [("nets", CompiledTrainer), ("step", GraphTrainer), ("both", GraphTrainer)]
)
def test_on_a_gpu_modes_agree(mode, kind, monkeypatch):
    """A graph repeats the eager kernels, so "step" is equal; compiled kernels round otherwise."""
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    reports, trainers = {}, {}
    for name, chosen in (("off", Trainer), (mode, kind)):
        trainer = noise_trainer(chosen, images=200, device="cuda", compile=name, report_every=4)
        reports[name] = []
        trainer.on_report.append(reports[name].append)
        trainers[name] = trainer.run()
    exact = dict(atol=0, rtol=0) if mode == "step" else dict(atol=1e-3, rtol=1e-2)
    (first, _), (second, _) = (trainer.state() for trainer in trainers.values())
    for name, tensor in first.items():
        torch.testing.assert_close(tensor, second[name], **exact)
    for ours, theirs in zip(reports["off"], reports[mode], strict=True):
        assert ours.keys() == theirs.keys()  # the same steps had the penalty
        for name in ours.keys() - {"images_per_second"}:
            torch.testing.assert_close(ours[name], theirs[name], **exact)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_on_a_gpu_a_graphed_run_is_resumed_by_an_eager_one(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    whole = noise_trainer(Trainer, images=96, device="cuda").run()
    half = steps(noise_trainer(GraphTrainer, images=96, device="cuda", compile="step"), 12)
    other = noise_trainer(Trainer, images=96, device="cuda")
    other.load_state(*half.state())
    assert_same_state(other.run(), whole)
