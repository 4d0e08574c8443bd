# From a bare Debian (python3 and make) to the running console: `make demo`.
# Another Python: make test PYTHON=python3.13 (it gets a virtual environment of its own).
PYTHON ?= python3
VENV ?= $(if $(filter python3,$(PYTHON)),.venv,.venv-$(notdir $(PYTHON)))

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup system demo test check conformance cover bench dist prove clean

help:  ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

system:
	@packaging/system-libraries.sh "$(PYTHON)"

setup: system $(STAMP)  ## system libraries and the virtual environment

$(STAMP): pyproject.toml packaging/constraints.txt | system
	@packaging/virtual-environment.sh "$(PYTHON)" "$(VENV)"
	@touch $@

demo: setup  ## the console on its simulator (no display: a tour into demo-tour/)
	@packaging/demo.sh "$(BIN)"

# Two workers, a module's tests together: half the time where a module starts processes.
test: setup  ## all tests (ARGS="-k words" for some)
	@packaging/system-libraries.sh "$(PYTHON)" test
	$(BIN)/python -m pytest -n auto --dist loadscope $(ARGS)

check: setup  ## style, types, import rules, size of modules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python packaging/check_tree.py

conformance: setup  ## the form against schemas that others wrote (needs node; ARGS="words" for some)
	@packaging/conformance/fetch.sh "$(BIN)/python" build/conformance
	@$(BIN)/python -m tests.conformance.run build/conformance "$(ARGS)"

cover: setup  ## branch coverage, ring by ring
	@packaging/system-libraries.sh "$(PYTHON)" test
	$(BIN)/python -m pytest -q --cov --cov-report=term-missing:skip-covered $(ARGS)

bench: setup  ## figures, one JSON line each (ONLY=name for one)
	@$(BIN)/python bench/run.py $(ONLY)

dist: setup  ## the program in dist/, started once under a virtual display
	@packaging/system-libraries.sh "$(PYTHON)" dist
	$(BIN)/pyinstaller --noconfirm --log-level WARN packaging/cxone-console.spec
	$(BIN)/python packaging/smoke_test.py dist/cxone-console

prove: setup  ## all tests with their long sweeps
	@packaging/system-libraries.sh "$(PYTHON)" test
	PROVE=1 $(BIN)/python -m pytest $(ARGS)

clean:  ## remove what make made
	rm -rf .venv .venv-* build dist demo-tour .coverage
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
