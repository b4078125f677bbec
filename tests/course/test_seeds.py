"""Results do not hang on one seed. The quick claims here; all of them by `make seeds`."""

import pytest
import seeds

CLAIMS = seeds.collect()


@pytest.mark.parametrize("name", [name for name, claim in CLAIMS.items() if claim.fast])
def test_it_holds_for_every_seed(name, measured):
    count = CLAIMS[name].count()
    measured(f"{count} of {len(seeds.SEEDS)} seeds: {name}")
    assert count == len(seeds.SEEDS)
