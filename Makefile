# Everything runs in .venv, which is made on first use from pyproject.toml.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto

.PHONY: demo test slow docs bench check vectors clean
.DEFAULT_GOAL := help

help: ## what there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(VENV)/ready ## golden vectors, a real library, a C device, and a planted bug diagnosed
	@$(BIN)/python examples/demo.py

test: $(VENV)/ready ## the whole suite but the long sweeps
	$(BIN)/python -m pytest -n $(WORKERS) -m 'not slow' $(PYTEST)

slow: $(VENV)/ready ## the long exhaustive sweeps
	$(BIN)/python -m pytest -n $(WORKERS) -m slow $(PYTEST)

docs: $(VENV)/ready ## the book, into docs/_build/html
	$(BIN)/python -m sphinx -W -n --keep-going -q -b html docs docs/_build/html
	@echo "the book is docs/_build/html/index.html"

bench: $(VENV)/ready ## this library beside its peers, as ratios from one run
	$(BIN)/python benchmarks/run.py $(BENCH)

check: $(VENV)/ready ## formatting, lint, types, committed vectors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/refsim vectors check vectors

vectors: $(VENV)/ready ## write the committed golden vectors anew
	$(BIN)/refsim vectors generate --all --out vectors

clean: ## remove what was made
	rm -rf $(VENV) docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis
