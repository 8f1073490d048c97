# Every target does all of its own set-up, with Python 3.11 or newer, venv and pip: see `make help`.

VENV ?= .venv
PY = $(VENV)/bin/python
# pytest's workers: more than two cores, because the tests wait for servers and clocks most of the time.
WORKERS ?= 3
ARGS ?=

export PYTHONPATH := $(CURDIR)

.DEFAULT_GOAL := help
.PHONY: help demo run test soak mutants check coverage bench lock clean servers

help: ## Say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'
	@echo '  ARGS="…" is passed on: make test ARGS="-k sandbox", make demo ARGS="--data DIR"'

demo: $(VENV)/.runtime ## Watch the whole thing work, on a mail server of its own, in a minute
	$(PY) -m ops.cli demo $(ARGS)

run: $(VENV)/.runtime ## The servers of the demo, kept running, without the script
	$(PY) -m ops.cli demo --keep $(ARGS)

test: $(VENV)/.development servers ## Run the tests, on real servers where they are installed
	$(PY) -m pytest -n $(WORKERS) --dist worksteal -m "not soak" $(ARGS)

soak: $(VENV)/.development servers ## Run the long tests
	$(PY) -m pytest -m soak $(ARGS)

mutants: $(VENV)/.development servers ## Break the rules one by one and see that their tests notice
	$(PY) tools/mutants.py $(ARGS)

check: $(VENV)/.development ## Check style, sizes, types and layers
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) tools/figures.py
	$(PY) -m mypy
	$(PY) -m pytest -q tests/house/test_layers.py tests/house/test_lock.py

coverage: $(VENV)/.development servers ## Run the tests and say which lines none of them reaches
	$(PY) -m coverage erase
	$(PY) -m coverage run -m pytest -n $(WORKERS) --dist worksteal -m "not soak" $(ARGS)
	$(PY) -m coverage combine -q
	$(PY) -m coverage report

bench: $(VENV)/.development ## Measure; ARGS=DIR names a folder of mail to measure reading by
	$(if $(ARGS),$(PY) bench/reading.py $(ARGS))
	$(PY) bench/clock.py
	$(PY) bench/start.py
	$(PY) bench/house.py

lock: ## Choose all versions anew, with their hashes (needs uv)
	tools/lock.sh

clean: ## Remove the virtual environment and all that tools have left
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

servers:
	@tools/servers.sh

# The stamps are newer than what was installed from.
$(VENV)/.runtime: requirements.lock tools/venv.sh
	@tools/venv.sh $(VENV) requirements.lock
	@touch $@

# The lock of development holds all of the other one.
$(VENV)/.development: requirements-dev.lock tools/venv.sh
	@tools/venv.sh $(VENV) requirements-dev.lock
	@touch $(VENV)/.runtime $@
