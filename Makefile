# Every target works on a fresh clone: each depends on `setup`, which does nothing when nothing changed.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.complete
READINGS := regulations/law.readings
SOURCES := models playbooks regulations notifications reports response flows console
CODE := $(SOURCES) tests benchmarks
# pip's own way to point at another index is PIP_INDEX_URL; nothing here names an address.
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.PHONY: help setup demo up test cover check inspect fmt lint types imports wheel bench lock migration clean

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

setup: $(STAMP) $(READINGS) ## Make .venv from requirements.lock, and the law ready to be read

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python is not installed: $(PYTHON) was not found. Install Python 3.11, 3.12 or 3.13, or call make PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; (3, 11) <= v < (3, 14) or sys.exit(f"Python {v[0]}.{v[1]} is outside what Tocsin runs on. Install Python 3.11, 3.12 or 3.13, or call make PYTHON=/path/to/python3.")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) can't make virtual environments. On Debian: apt-get install python3-venv." >&2; exit 1; }
	@test -x $(BIN)/python && $(BIN)/python -c 'import pip' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	@echo "Installing $$(grep -c '^[a-z].*==' requirements.lock) packages from requirements.lock into .venv; about a minute ..."
	@$(PIP) install -qq --no-deps --require-hashes -r requirements.lock
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q $(SOURCES)
	@touch $@
	@echo "The environment is ready in .venv."

$(READINGS): $(STAMP) regulations/plain_yaml.py regulations/law_file.py $(shell find regulations -name '*.yaml')
	@$(BIN)/python -m regulations.readings

demo: setup ## Carry one real breach signal through the whole plan
	@$(BIN)/tocsin demo

up: setup ## Start everything on this machine
	@$(BIN)/tocsin up

test: setup ## Run every test
	$(BIN)/python -m pytest -n 2 --dist loadgroup --durations=10 $(ARGS)

cover: setup ## Run every test and print what they leave unvisited
	@$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 --dist loadgroup --durations=10 $(ARGS)
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --sort=cover

check: cover inspect ## Everything that must hold before a change goes in

inspect: lint types imports wheel ## What check does beside the tests

lint: setup
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

fmt: setup ## Lay the code out and mend what can be mended by rule
	$(BIN)/ruff check --fix-only --quiet $(CODE)
	$(BIN)/ruff format $(CODE)

types: setup ## Check the types
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports --no-cache

wheel: setup ## Build the wheel and check what is in it
	@rm -rf dist
	$(BIN)/python -m hatchling build -t wheel
	$(BIN)/python -m tests.support.wheel dist/*.whl

bench: setup ## Run one benchmark: make bench NAME=ledger
	@test -n "$(NAME)" || { echo "Which one? make bench NAME=..., one of: $$(grep -l __main__ benchmarks/*.py | sed 's/.*\///; s/\.py//' | tr '\n' ' ')" >&2; exit 2; }
	@$(BIN)/python -m benchmarks.$(subst -,_,$(NAME)) $(ARGS)

lock: setup ## Write requirements.lock; ARGS=--upgrade chooses every version anew
	@test -x build/uv/bin/uv || { $(PYTHON) -m venv build/uv && build/uv/bin/pip install --quiet uv==$(UV_VERSION); }
	build/uv/bin/uv pip compile --quiet --universal --generate-hashes --extra dev --no-header --no-annotate pyproject.toml -o requirements.lock $(ARGS)

migration: setup ## Before the first release: write the first migration anew from the tables
	$(BIN)/python -m tests.support.first_migration

clean: ## Remove what was made, but no home and no record
	rm -rf .venv build dist $(READINGS) htmlcov .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis
