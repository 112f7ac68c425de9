# Everything is set up on first use: Python 3.11 or newer and make are enough.

PYTHON = $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& echo $$p && break; done)
BIN := .venv/bin
SEEDS ?= 1000
SECONDS ?= 600
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup compiled run test check format pages bench sim fuzz live clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.installed ## the virtual environment, with all that the checks need

.venv/.installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or newer with venv found on PATH" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@$(BIN)/python -m tools.compiled || true
	@touch $@

compiled: setup ## the hot path of engine and daemon compiled, where it has changed (ACDENGINE_PURE=1: not used)
	@$(BIN)/python -m tools.compiled || true

run: setup ## the engine on simulated trunks, live on this screen (ARGS="--speed 20 --headless")
	$(BIN)/acdengine run $(ARGS)

test: setup ## all tests that need no FreeSWITCH
	$(BIN)/python -m pytest $(ARGS)

check: setup ## format, lint, types, layers, tests, a short benchmark: what a change must pass
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest
	ACDENGINE_PURE=1 $(BIN)/python -m pytest -q tests/unit/engine
	$(BIN)/python -m bench core --agents 200 --waiting 100,1000 --calls 2000

format: setup ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

pages: setup ## what is written from the code: settings, schema for editors, tables, diagrams
	$(BIN)/python -m acdengine.settings.document docs/settings.md
	$(BIN)/acdengine schema --output config/acdengine.schema.json
	$(BIN)/python -m docs.fill_in
	$(BIN)/python -m docs.draw_machines
	$(BIN)/python -m docs.draw_call_way
	$(BIN)/python -m docs.draw_dashboard
	ACDENGINE_FREESWITCH_PASSWORD=left-out $(BIN)/acdengine freeswitch config --force --without-secrets \
		--config config/freeswitch-centre.yaml --output config/freeswitch

bench: compiled ## the engine's speed and memory (ARGS="--agents 10000 --waiting 1000,1000000")
	$(BIN)/python -m bench core $(ARGS)

sim: setup ## SEEDS=1000 seeded runs with faults, invariants checked after every event
	$(BIN)/python -m adapters.sim.seeds --seeds $(SEEDS) $(ARGS)

fuzz: setup ## SECONDS=600 of hostile bytes and names against the event socket (ARGS="--engine hypothesis")
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install --quiet \
		--disable-pip-version-check --editable '.[fuzz]' || echo "no atheris here: tried at random"
	$(BIN)/python -m tests.fuzz.fuzz_esl --seconds $(SECONDS) $(ARGS)

live: setup ## against a real FreeSWITCH named by FREESWITCH_BIN
	$(BIN)/python -m pytest tests/live -m live $(ARGS)

clean: ## remove what was built, the environment too
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
