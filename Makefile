# From a bare Debian (python3 and make) to the running console: `make demo`.
PYTHON ?= python3
VENV ?= .venv

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup system demo test check bench dist prove clean

help:  ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

system:
	@packaging/system-libraries.sh

setup: system $(STAMP)  ## system libraries and the virtual environment

$(STAMP): pyproject.toml packaging/constraints.txt | system
	@packaging/virtual-environment.sh "$(PYTHON)" "$(VENV)"
	@touch $@

demo: setup  ## the console on its simulator (no display: a tour into demo-tour/)
	@packaging/demo.sh "$(BIN)"

test: setup  ## all tests
	$(BIN)/python -m pytest $(ARGS)

check: setup  ## style, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python packaging/check_tree.py

bench: setup  ## figures, one JSON line each (ONLY=name for one)
	@$(BIN)/python bench/run.py $(ONLY)

dist: setup  ## the built program in dist/, started once
	@$(BIN)/python packaging/build.py

prove: setup  ## the long sweeps
	$(BIN)/python packaging/prove.py

clean:  ## everything that make made
	rm -rf $(VENV) build dist demo-tour .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
