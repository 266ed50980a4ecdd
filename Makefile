# Everything runs in .venv, which is made on first use from pyproject.toml. The benchmarks run in .venv-bench where there is a
# Python that VeriFloat supports, 3.12 or newer: the one that BENCH_PYTHON names, or else one on the path.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto
BENCH_PYTHON ?= $(shell for minor in 12 15 14 13; do python3.$$minor -c '' 2>&- && echo python3.$$minor && break; done)
BENCH_VENV := $(if $(strip $(BENCH_PYTHON)),.venv-bench,$(VENV))

DATA := digits fashion-mnist
STUDIES ?= $(foreach study,weight-scaling quantization-resiliency activation-functions log-representation low-precision-training,\
  $(addprefix $(study)/,$(DATA))) activation-functions/scene

.PHONY: demo test slow docs bench check vectors studies clean
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
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m 'not slow' $(PYTEST)

slow: $(VENV)/ready ## the long exhaustive sweeps
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m slow $(PYTEST)

docs: $(VENV)/ready ## the book, into docs/_build/html
	$(BIN)/python -m sphinx -W -n --keep-going -q -b html docs docs/_build/html
	@echo "the book is docs/_build/html/index.html"

.venv-bench/ready: pyproject.toml benchmarks/requirements.txt
	$(BENCH_PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --editable . --requirement benchmarks/requirements.txt
	touch $@

bench: $(BENCH_VENV)/ready ## this library beside its peers, as ratios from one run
	$(BENCH_VENV)/bin/python benchmarks/run.py $(BENCH)

check: $(VENV)/ready ## formatting, lint, types, committed vectors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/refsim vectors check vectors

vectors: $(VENV)/ready ## write the committed golden vectors anew
	$(BIN)/refsim vectors generate --all --out vectors

studies: $(VENV)/ready ## run all studies whole and put their pages into the book: about an hour; STUDIES=name/data for some
	@for one in $(STUDIES); do \
	  out=build/studies/$$one page=docs/studies/$$one; \
	  $(BIN)/refsim study $${one%%/*} --data $${one##*/} --out $$out && rm -rf $$page && mkdir -p $$page && \
	  cp -r $$out/page.rst $$out/results.json $$out/tables $$page || exit 1; \
	done

clean: ## remove what was made
	rm -rf $(VENV) .venv-bench build docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis
