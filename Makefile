# Everything is set up on first use: Python 3.11 or newer and make are enough.

PYTHON = $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& echo $$p && break; done)
# The environment, and the lock file that it is installed from.
VENV ?= .venv
LOCK ?= requirements/dev.txt
BIN := $(VENV)/bin
# The same with the compiled wheel in front.
COMPILED := $(VENV)-compiled
# plain or compiled: what `run` and `bench` use; compiled where there is a C compiler.
BUILD ?= $(if $(shell command -v $(CC) 2>/dev/null),compiled,plain)
USED := $(if $(filter compiled,$(BUILD)),$(COMPILED),$(VENV))/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
# Each test file stays on one core as long as the others have work.
PARALLEL := -n auto --dist worksteal
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(UPGRADE)
PEERS := agi-clients genesis greenswitch
SEEDS ?= 1000
SECONDS ?= 600
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup plain compiled peers run test test-fast check oldest lock update format pages bench sim golden fuzz mutants \
	live wheel clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## the virtual environment, with all that the checks need, by the lock file

$(VENV)/.installed: pyproject.toml $(LOCK)
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or newer with venv found on PATH" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes --requirement $(LOCK)
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

plain: setup

compiled: setup ## the hot path of engine and daemon compiled, in an environment of its own, where it has changed
	@$(BIN)/python -m tools.compiled environment $(COMPILED)

peers: setup ## the programs that tests and benchmarks compare with: once, kept in ~/.cache/acdengine
	$(BIN)/python -m bench.peer_environments

run: $(BUILD) ## the engine on simulated trunks, live on this screen (ARGS="--speed 20 --headless", BUILD=plain)
	@echo "the engine runs as $(if $(filter compiled,$(BUILD)),compiled code,plain Python)"
	$(USED)/acdengine run $(ARGS)

test-fast: setup ## unit and contract tests that start no process, in a minute (ARGS="-k transfer")
	$(BIN)/python -m pytest $(PARALLEL) --fast tests/unit tests/contract tests/replay $(ARGS)

test: setup ## all tests that need no FreeSWITCH, on all cores (ARGS="tests/unit/engine")
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

check: setup peers ## format, lint, types, layers, tests plain and compiled, a short benchmark: what a change must pass
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest $(PARALLEL) --build plain
	$(BIN)/python -m tools.compiled environment $(COMPILED)
	$(COMPILED)/bin/python -P -m pytest $(PARALLEL) --build compiled
	$(COMPILED)/bin/python -P -m bench core --agents 200 --waiting 100,1000 --calls 2000

oldest: ## the same checks with the oldest allowed dependencies, in an environment of their own
	$(MAKE) check VENV=.venv-oldest LOCK=requirements/oldest.txt

lock: $(BIN)/uv ## the lock files in requirements/, after a change of the dependencies in pyproject.toml
	$(COMPILE) --extra dev pyproject.toml -o requirements/dev.txt
	$(COMPILE) --constraint requirements/dev.txt pyproject.toml -o requirements/run.txt
	$(COMPILE) --constraint requirements/dev.txt --extra fuzz pyproject.toml -o requirements/fuzz.txt
	$(COMPILE) --constraint requirements/dev.txt --extra mutants pyproject.toml -o requirements/mutants.txt
	$(COMPILE) --resolution lowest-direct --extra dev pyproject.toml -o requirements/oldest.txt
	$(COMPILE) requirements/uv.in -o requirements/uv.txt
	for peer in $(PEERS); do \
		$(COMPILE) requirements/peers/$$peer.in -o requirements/peers/$$peer.txt || exit 1; done
	cd requirements/peers/modesl && { ! command -v npm >/dev/null || npm $(if $(UPGRADE),update,install) \
		--package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --silent; }

update: ## the lock files with the newest allowed versions, and the checks with these
	$(MAKE) lock UPGRADE=--upgrade
	$(MAKE) check

$(BIN)/uv: $(VENV)/.installed requirements/uv.txt
	$(PIP) --require-hashes --requirement requirements/uv.txt
	@touch $@

format: setup ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

pages: setup ## what is written from the code: settings, schema for editors, tables, diagrams
	$(BIN)/python -m acdengine.settings.document docs/settings.md
	$(BIN)/acdengine schema --output config/acdengine.schema.json
	$(BIN)/acdengine flow schema --output ivr_scripts/flow.schema.json
	$(BIN)/python -m docs.fill_in
	$(BIN)/python -m docs.records_tables
	$(BIN)/python -m docs.reports_table
	$(BIN)/python -m docs.draw_machines
	$(BIN)/python -m docs.draw_call_way
	$(BIN)/python -m docs.draw_dashboard
	ACDENGINE_FREESWITCH_PASSWORD=left-out $(BIN)/acdengine freeswitch config --force --without-secrets \
		--config config/freeswitch-centre.yaml --output config/freeswitch

bench: $(BUILD) ## the engine's speed and memory (ARGS="--agents 10000 --waiting 1000,1000000", BUILD=plain)
	$(USED)/python -P -m bench core $(ARGS)

sim: setup ## SEEDS=1000 seeded runs with faults, invariants checked after every event
	$(BIN)/python -m adapters.sim.seeds --seeds $(SEEDS) $(ARGS)

golden: setup ## the golden journal of this version, which every later version must replay (tests/replay/journal)
	$(BIN)/python -m tests.replay.golden

fuzz: setup ## SECONDS=600 of hostile bytes, names, flow files, expressions and AGI (ARGS="--engine hypothesis")
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(PIP) --require-hashes \
		--requirement requirements/fuzz.txt || echo "no atheris here: tried at random"
	$(BIN)/python -m tests.fuzz.fuzz_esl --seconds $(SECONDS) $(ARGS)
	$(BIN)/python -m tests.fuzz.fuzz_flows --seconds $(SECONDS)

mutants: setup ## mutants that no test notices (ARGS="routing/stages.py queues --minutes 20"; whole: hours)
	@$(BIN)/python -c 'import mutmut' 2>/dev/null || $(PIP) --require-hashes \
		--requirement requirements/mutants.txt
	$(BIN)/python -m tools.mutants $(ARGS)

live: setup ## against a real FreeSWITCH named by FREESWITCH_BIN
	$(BIN)/python -m pytest tests/live -m live $(ARGS)

wheel: setup ## wheels in dist/: plain Python for every machine, and compiled for this platform and Python
	$(BIN)/python -m tools.compiled wheels dist

clean: ## remove what was built, the environments too
	rm -rf .venv .venv-oldest .venv-compiled .venv-oldest-compiled build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
