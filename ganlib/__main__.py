"""`python -m ganlib` is the same as `ganlib`."""

import sys

from ganlib.cli.main import main

sys.exit(main())
