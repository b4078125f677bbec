"""What an exercise's own answers do is computed once, however many are held against them."""

import pytest

from ganlib.lessons.checks import core


def remember(check):
    """Let a check keep the outcomes of its reference and of its known mistakes: `compare` runs them
    on the same inputs each time. What it is given is run anew, even if it is one of these."""
    run, compare, known, given = check._outcomes, check.compare, {}, []
    own = {check.reference, *(mistake.answer for mistake in check.mistakes)}

    def outcomes(function, rounds):
        if given or function not in own:
            given.clear()
            return run(function, rounds)
        if function not in known:
            known[function] = run(function, rounds)
        return known[function]

    def compared(answer):
        given[:] = [answer]
        compare(answer)

    outcomes.anew = run
    check._outcomes, check.compare = outcomes, compared


@pytest.fixture(scope="session")
def remembering():
    """A function that lets checks remember as long as the tests run."""
    usual, done = core.usual_mistake, []

    def on_other_inputs(answer, reference, run, rounds, names):
        return usual(answer, reference, getattr(run, "anew", run), rounds, names)

    def begin(checks):
        for check in checks:
            if isinstance(check, core.Function) and check not in done:
                remember(check)
                done.append(check)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core, "usual_mistake", on_other_inputs)
        yield begin
    for check in done:
        del check._outcomes, check.compare
