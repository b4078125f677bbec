"""The bookkeeping of captured steps, by graphs that simply play again what they were given."""

import pytest
import torch
from tape import TapeGraphs
from tiny import discriminator, noise_objective, store, translator

from ganlib.scale import cuda_graphs as capture
from ganlib.core.errors import GanlibError
from ganlib.core.config import NoiseConfig, ObjectiveConfig
from ganlib.core.objectives import NoiseToImage, PairedTranslation, UnpairedTranslation
from ganlib.core.config import Schedule
from ganlib.data.samplers import ImageSampler, PairedSampler, UnpairedSampler
from ganlib.core.trainer import Trainer
from ganlib.core.config import TrainConfig


class FakeGraphs:
    """As `CudaGraphs`: capturing does nothing yet, and each replay does the work."""

    def __init__(self):
        self.log = []

    def warm_up(self, work):
        self.log.append("eager")
        work()

    def capture(self, work):
        name = f"graph{sum(entry.startswith('capture') for entry in self.log)}"
        self.log.append(f"capture {name}")

        def replay():
            self.log.append(name)
            work()

        return replay


def noise_trainer(images=64, device="cpu", decay=0.75, every=4, **settings):
    """Steps of 4 images of 16 pixels, with falling step sizes."""
    objective = noise_objective(r1_every=every or 1, r1_gamma=0.05 if every else 0).to(device)
    feed = ImageSampler(store())
    feed.store.images = feed.store.images.to(device)
    chosen = {"decay_fraction": decay, "precision": "fp32", **settings}
    return Trainer(objective, feed, TrainConfig(images, 4, **chosen))


def steps(trainer, n, graphs=None):
    advance = capture.GraphedStep(trainer, graphs) if graphs else trainer.train_step
    for _ in range(n):
        advance()
    return advance


def assert_equal_runs(first, second):
    assert (first.step, first.images) == (second.step, second.images)
    states = first.state()[0], second.state()[0]
    assert states[0].keys() == states[1].keys()
    for name, tensor in states[0].items():
        assert torch.equal(tensor, states[1][name]), name
    for ours, theirs in zip(first._records, second._records, strict=True):
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize(
    "settings",
    [{}, {"clip": 0.5, "warmup": 20}, {"d_steps": 2}, {"update": "simultaneous"}],
    ids=lambda settings: ", ".join(settings) or "plain",
)
def test_captured_steps_equal_eager_ones_bit_for_bit(settings):
    """The tape runs no Python: a number that a graph has swallowed stays as it was."""
    eager, graphed = noise_trainer(**settings), noise_trainer(**settings)
    steps(eager, 16)
    tape = TapeGraphs(graphed)
    steps(graphed, 16, tape)
    assert_equal_runs(eager, graphed)
    assert tape.operations and not tape.questions


def test_falling_rates_reach_the_device():
    trainer = noise_trainer()
    advance = steps(trainer, 15, FakeGraphs())
    # Before the 15th step 8 of 64 images were left, of the 48 over which the rates fall.
    factor, half_life = (8 / 64) / 0.75, 60 / 10
    wanted = [6e-4 * factor, 1.5e-4 * factor, 1 - 0.5 ** (4 / half_life)]
    assert [rate.item() for rate in advance.rates] == pytest.approx(wanted)
    # The trainer's own rates stay plain numbers, which reports and logs can read.
    groups = [adam.param_groups[0] for adam in (trainer.adam_d, trainer.adam_g)]
    assert [group["lr"] for group in groups] == pytest.approx(wanted[:2])
    assert not any(group["capturable"] for group in groups)


def test_which_graph_plays_when():
    graphs = FakeGraphs()
    steps(noise_trainer(every=4), 12, graphs)
    plain, lazy = "graph0", "graph1"
    assert graphs.log == [
        *["eager"] * 3,  # steps 0 (with the penalty), 1, 2
        f"capture {plain}",
        plain,  # step 3
        f"capture {lazy}",
        *[lazy, plain, plain, plain] * 2,  # steps 4 to 11
    ]


@pytest.mark.parametrize("every", [0, 1])
def test_one_graph_is_enough_for_steps_that_are_all_alike(every):
    graphs = FakeGraphs()
    steps(noise_trainer(every=every), 6, graphs)
    assert graphs.log == [*["eager"] * 3, "capture graph0", *["graph0"] * 3]


def test_each_kind_of_step_is_played_before_it_is_captured():
    # A run resumed at step 5 meets the penalty only at step 8, long after three other steps.
    trainer, graphs = noise_trainer(every=4), FakeGraphs()
    steps(trainer, 5)
    steps(trainer, 8, graphs)
    expected = [*["eager"] * 3, "eager", "capture graph0", *["graph0"] * 3, "capture graph1"]
    assert graphs.log == [*expected, "graph1"]


def test_a_run_may_be_resumed_with_graphs_and_without():
    whole, half = noise_trainer(), noise_trainer()
    steps(whole, 16)
    steps(half, 9, FakeGraphs())
    other = noise_trainer(compile="step")
    other.load_state(*half.state())
    steps(other, 7, FakeGraphs())
    whole._records = whole._records[9:]
    assert_equal_runs(whole, other)


def test_a_feed_that_cannot_be_captured_fills_fixed_buffers():
    def trainer():
        torch.manual_seed(0)
        settings = ObjectiveConfig(r1_every=4)
        objective = UnpairedTranslation(translator(), discriminator(), settings)
        run = TrainConfig(64, 4, precision="fp32")
        return Trainer(objective, UnpairedSampler(store(seed=1), store(seed=2)), run)

    eager, graphed = trainer(), trainer()
    graphed.feed.capturable = False
    feed = graphed.feed
    steps(eager, 10)
    advance = steps(graphed, 6, FakeGraphs())
    places = {name: rows.data_ptr() for name, rows in advance.feed.buffers.items()}
    for _ in range(4):
        advance()
    assert_equal_runs(eager, graphed)
    assert len(places) == 2 and graphed.feed is feed
    assert places == {name: rows.data_ptr() for name, rows in advance.feed.buffers.items()}


def test_several_batches_a_step_need_a_feed_that_can_be_captured():
    trainer = noise_trainer(d_steps=2)
    trainer.feed.capturable = False
    with pytest.raises(GanlibError, match="several updates of D"):
        capture.GraphedStep(trainer, FakeGraphs())


@pytest.mark.parametrize("world", [PairedSampler, UnpairedSampler])
def test_the_feeds_of_translations_are_captured(world):
    def trainer():
        torch.manual_seed(0)
        objective = (PairedTranslation if world is PairedSampler else UnpairedTranslation)(
            translator(), discriminator(), ObjectiveConfig(r1_every=4)
        )
        run = TrainConfig(64, 4, d_steps=2, precision="fp32")
        return Trainer(objective, world(store(seed=1), store(seed=2)), run)

    eager, graphed, half = trainer(), trainer(), trainer()
    steps(eager, 10)
    tape = TapeGraphs(graphed)
    steps(graphed, 10, tape)
    assert_equal_runs(eager, graphed)
    assert not tape.questions
    steps(half, 5, TapeGraphs(half))
    again = trainer()
    again.load_state(*half.state())
    steps(again, 5, TapeGraphs(again))
    eager._records = eager._records[5:]
    assert_equal_runs(eager, again)


@pytest.mark.parametrize("mode", ["nets", "step", "both"])
def test_without_cuda_every_mode_steps_eagerly_and_says_so(mode, capsys):
    eager, asked = noise_trainer(images=16), noise_trainer(images=16, compile=mode)
    eager.run()
    asked.run()
    assert_equal_runs(eager, asked)
    assert "eagerly, with the same results" in capsys.readouterr().out


@pytest.mark.parametrize("many", [2, 5])
def test_several_updates_of_d_make_a_graph_of_each_kind(many):
    eager, graphed, graphs = noise_trainer(d_steps=many), noise_trainer(d_steps=many), FakeGraphs()
    steps(eager, 12)
    steps(graphed, 12, graphs)
    assert_equal_runs(eager, graphed)
    # Of 2 updates the first has the penalty in every second step; of 5, one or two in every step.
    captured = [entry for entry in graphs.log if entry.startswith("capture")]
    assert len(captured) == {2: 2, 5: 4}[many]


@pytest.mark.parametrize(
    ("settings", "named"),
    [({"r1_gamma": Schedule(((0, 0.1), (9, 0.2)))}, "cannot hold r1_gamma"), ({"pool": 4}, "pool")],
)
def test_what_a_graph_cannot_hold_is_refused(settings, named):
    networks = noise_trainer().objective
    pair = networks.generator, networks.discriminator
    objective = NoiseToImage(*pair, NoiseConfig(**settings))
    trainer = Trainer(objective, ImageSampler(store()), TrainConfig(8, 4))
    with pytest.raises(GanlibError, match=named):
        capture.GraphedStep(trainer, FakeGraphs())


def test_an_unknown_mode_gets_a_sentence():
    with pytest.raises(GanlibError, match="compile must be one of off, nets, step, both"):
        TrainConfig(1, compile="everything")


def test_compiled_networks_leave_penalties_eager(monkeypatch):
    compiled, stances = [], []
    monkeypatch.setattr(
        torch.nn.Module, "compile", lambda self, **options: compiled.append((self, options))
    )
    set_stance = torch.compiler.set_stance
    monkeypatch.setattr(
        torch.compiler, "set_stance", lambda stance: stances.append(stance) or set_stance(stance)
    )
    trainer, other = noise_trainer(), noise_trainer()
    objective = trainer.objective
    capture.compile_networks(objective)
    capture.compile_networks(objective)  # a second run() of one trainer
    networks = [objective.generator, objective.discriminator]
    assert compiled == [(network, {"dynamic": False}) for network in networks]
    steps(trainer, 5)
    steps(other, 5)
    assert stances == ["force_eager"] * 2  # steps 0 and 4
    assert_equal_runs(trainer, other)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
@pytest.mark.parametrize("mode", ["nets", "step", "both"])
def test_on_a_gpu_modes_agree(mode, monkeypatch):
    """A graph repeats the eager kernels, so "step" is equal; compiled kernels round otherwise."""
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    reports = {}
    trainers = {}
    for name in ("off", mode):
        trainer = noise_trainer(images=200, device="cuda", compile=name, report_every=4)
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
