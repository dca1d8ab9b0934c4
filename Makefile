# make run    set up, then open the window (without a display: ten seconds recorded, with a report)
# make test   set up, then lint and the tests
# make bench  set up, then time the pipeline, the window and the training loop
# make bench-peers  set up, then time other programs' networks on the same frames
# make lint   set up, then check style, types, imports between the rooms, and spelling
# make fuzz   set up, then read 10,000 damaged files
# make soak   set up, then run and record a simulated day, and send signals at random moments of every command (about two hours)
# make audit  set up, then look for known faults of the tested packages (asks the network)
# make clean  remove everything these made

SHELL := /usr/bin/env bash
PYTHON_IN := .venv/bin/python
ARGS ?=

.PHONY: run test bench bench-peers lint fuzz soak audit clean setup

run: setup
	@$(PYTHON_IN) -m gazeattack $(ARGS)

test: lint
	@QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} OMP_NUM_THREADS=1 $(PYTHON_IN) -m pytest -n 2 --dist worksteal $(ARGS)

lint: setup
	@$(PYTHON_IN) -m ruff check .
	@$(PYTHON_IN) -m ruff format --check --quiet .
	@$(PYTHON_IN) -m mypy
	@.venv/bin/lint-imports --no-logo --no-cache
	@.venv/bin/typos

bench: setup
	@$(PYTHON_IN) bench/pipeline.py $(ARGS)
	@PYTHONPATH=. $(PYTHON_IN) bench/training_loop.py

bench-peers: setup
	@$(PYTHON_IN) bench/peers.py $(ARGS)

fuzz: setup
	@PYTHONPATH=. OMP_NUM_THREADS=1 $(PYTHON_IN) -m tests.fuzz.campaign $(ARGS)

soak: setup
	@PYTHONPATH=. OMP_NUM_THREADS=1 $(PYTHON_IN) -m tests.fuzz.day
	@PYTHONPATH=. OMP_NUM_THREADS=1 $(PYTHON_IN) -m tests.fuzz.long_recording
	@PYTHONPATH=. OMP_NUM_THREADS=1 $(PYTHON_IN) -m tests.fuzz.signals $(ARGS)

audit: setup
	@$(PYTHON_IN) -m pip install -qq "pip-audit>=2.7,<3"
	@.venv/bin/pip-audit --requirement tools/requirements.lock --disable-pip --require-hashes --strict $(ARGS) || { \
		echo "make audit: a package has a known fault, or the source of known faults does not know it (see above)." >&2; \
		exit 1; }

setup:
	@tools/setup.sh

clean:
	rm -rf .venv build dist gazeattack-run runs .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
