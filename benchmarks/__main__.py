"""`python -m benchmarks NAME ...` runs one benchmark; README.md says what each is for.

With `--json FILE` the record is kept in that file, beside the records of other benchmarks.
"""

import sys
from collections.abc import Sequence

import tyro

from benchmarks import (
    core_loop,
    equal_compute,
    failures,
    gpu,
    lambda_sweep,
    modes,
    own_style,
    packs,
    portraits_unpaired,
    report,
    speed,
)
from ganlib.core.errors import GanlibError

COMMANDS = {
    "step": speed.step,
    "render": speed.render,
    "stylize": speed.stylize,
    "core": core_loop.core,
    "modes": modes.modes,
    "lambda": lambda_sweep.sweep,
    "equal-compute": equal_compute.equal_compute,
    "portraits-unpaired": portraits_unpaired.portraits_unpaired,
    "failures": failures.failures,
    "packs": packs.packs,
    "own-style": own_style.own_style,
    "parity": gpu.parity,
    "profile": gpu.profiled,
    "report": report.report,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark; its exit status: 0 done, 1 an error."""
    name = "python -m benchmarks"
    try:
        tyro.extras.subcommand_cli_from_dict(
            COMMANDS, prog=name, description=__doc__, args=arguments
        )
    except GanlibError as error:
        print(f"{name}: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
