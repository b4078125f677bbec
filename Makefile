# make lab    open the lessons in JupyterLab (installs what is needed on the first run)
# make test   style, tests and every notebook
# make seeds  every claim about a training run, on ten seeds
# make nightly  small faults must be caught by the tests; every lesson runs in a browser
# make clean  remove the environment and everything that can be made again

PYTHON ?= python3
BIN := .venv/bin
# Two processes of one thread each do more than one of two. A file, or a notebook, stays in one.
PARALLEL := -n 2 --dist loadfile
test: export OMP_NUM_THREADS := 1
# Both processes must collect the same tests under the same names.
test: export PYTHONHASHSEED := 0

# A kernel or a command that belongs to another Python on this computer must never be picked up.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export JUPYTER_PREFER_ENV_PATH := 1

.PHONY: lab test seeds nightly clean

lab: .venv/.installed
	$(BIN)/jupyter lab $(JUPYTER_ARGS) notebooks/00_start_here.ipynb

test: .venv/.installed
	$(BIN)/ruff check ganlib tests benchmarks notebooks data
	$(BIN)/ruff format --check ganlib tests benchmarks notebooks data
	$(BIN)/mypy
	$(BIN)/python -m pytest $(PARALLEL) --nbval --nbval-current-env --nbval-cell-timeout=300 \
		--nbval-sanitize-with tests/course/nbval_sanitize.cfg tests notebooks

seeds: .venv/.installed
	cd tests/course && ../../$(BIN)/python -m seeds

nightly: .venv/.installed
	$(BIN)/python -m pytest -m nightly tests

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ganlib needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
