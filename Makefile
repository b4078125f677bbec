# make lab    open the lessons in JupyterLab (installs what is needed on the first run)
# make test   style, tests and every notebook
# make seeds  every claim about a training run, on ten seeds
# make nightly  small faults must be caught by the tests; every lesson runs in a browser
# make canary  each lesson alone with Colab's versions (LESSONS="00 or 01" for some)
# make floors  chosen tests with the oldest versions that pyproject.toml allows
# make book   the lessons, the guide and the pages of ganlib.core as a website in build/book
# make site   the page that draws in the browser, in build/site
# make clean  remove the environment and everything that can be made again

PYTHON ?= python3
BIN := .venv/bin
# Two processes of one thread each do more than one of two. A file, or a notebook, stays in one.
# They come as listed, notebooks first: by their numbers of tests, long files of few would be last.
PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder
test: export OMP_NUM_THREADS := 1
# Both processes must collect the same tests under the same names.
test: export PYTHONHASHSEED := 0

# A kernel or a command that belongs to another Python on this computer must never be picked up.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export JUPYTER_PREFER_ENV_PATH := 1

.PHONY: lab test seeds nightly canary floors book site clean

lab: .venv/.installed
	$(BIN)/jupyter lab $(JUPYTER_ARGS) notebooks/00_start_here.ipynb

test: .venv/.installed
	$(BIN)/ruff check setup.py ganlib tests benchmarks notebooks data site book
	$(BIN)/ruff format --check setup.py ganlib tests benchmarks notebooks data site book
	$(BIN)/mypy
	$(BIN)/python -m pytest $(PARALLEL) --nbval --nbval-current-env --nbval-cell-timeout=300 \
		--nbval-sanitize-with tests/course/nbval_sanitize.cfg notebooks tests

seeds: .venv/.installed
	cd tests/course && ../../$(BIN)/python -m seeds

nightly: .venv/.installed
	$(BIN)/python -m pytest -m nightly tests

canary: .venv/.installed
	$(BIN)/python -m pytest -m nightly tests/canary/test_colab.py $(if $(LESSONS),-k "$(LESSONS)")

floors: .venv/.installed
	$(BIN)/python -m pytest -m nightly tests/canary/test_floors.py

book: .venv/.book
	$(BIN)/python book/build.py

.venv/.book: .venv/.installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[book]'
	touch $@

# MODEL: a portrait model's name or file, to try one before it ships.
site: .venv/.site
	$(BIN)/python site/build.py --model $(or $(MODEL),portrait)

.venv/.site: .venv/.installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[onnx]'
	touch $@

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ganlib needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
