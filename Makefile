# One word each; everything sets itself up. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help env demo serve test check bench docs wheels lock clean

VENV := .venv
BIN := $(VENV)/bin
INTO := $(CURDIR)/dist/wheels
export UV_PYTHON_DOWNLOADS := never

help: ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 16

env: ## only the set-up: .venv from the lock, under a second when nothing changed
	@scripts/bootstrap.sh

demo: env ## the whole story with both vendors, in the terminal; reports in demo-output/
	@$(BIN)/proctor-hub demo

serve: env ## the demo, left running; prints the addresses
	@$(BIN)/proctor-hub demo --serve

test: env ## all tests, on SQLite and on a private PostgreSQL, and in Chromium
	@scripts/system.sh with-services $(BIN)/pytest -n auto --maxprocesses=4 --dist=loadfile \
		--hypothesis-seed=$${HYPOTHESIS_SEED:-$$RANDOM} $(ARGS)

check: env ## lint, format, types, import rules, house rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/names.py

bench: env ## throughput and memory, as a table and as JSON lines
	@scripts/system.sh with-postgresql --durable $(BIN)/python -m benchmarks $(ARGS)

docs: env ## the documentation as HTML in docs/_build/html
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

wheels: env ## the wheels of hub and plugins into dist/wheels (INTO=elsewhere)
	@for project in . plugins/*/; do \
		(cd "$$project" && "$(CURDIR)/$(BIN)/python" -m hatchling build -t wheel -d "$(INTO)") || exit 1; \
	done

lock: env ## resolve the dependencies anew (UPGRADE=--upgrade for newer versions)
	@UPGRADE="$(UPGRADE)" scripts/lock.sh

clean: ## everything that can be made again
	rm -rf $(VENV) build dist docs/_build demo-output .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
