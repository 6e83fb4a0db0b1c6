# Two commands set everything up by themselves: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO := .demo
CONFIG ?= $(DEMO)/kithwork.yaml
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

.PHONY: help setup demo dev test coverage check format docs lock bench bench-network clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(READY) ## make the environment from the lock (about a minute)

# Bytecode is compiled and the dbt project parsed here, once: otherwise every start would pay for it.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("kithwork needs Python 3.11 to 3.13, this is " + sys.version.split()[0]) if not (3, 11) <= sys.version_info < (3, 14) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@echo "Setting up $(VENV) from requirements.lock ..."
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m assets.warehouse.dbt_parse
	@touch $(READY)

demo: $(READY) ## generate a sample organisation and build its warehouse
	@test -f $(DEMO)/kithwork.yaml || $(BIN)/kithwork generate --people 500 --months 18 --seed 7 --out $(DEMO) --no-hint
	@$(BIN)/kithwork build --config $(DEMO)/kithwork.yaml

dev: $(READY) ## open Dagster on http://127.0.0.1:3000 (CONFIG=path/to/kithwork.yaml)
	@test -f $(CONFIG) || { echo "$(CONFIG): no such file; run make demo first, or name yours: make dev CONFIG=..."; exit 2; }
	@$(BIN)/kithwork dev --config $(CONFIG)

test: $(READY) ## run the tests
	@$(BIN)/python -m pytest -n auto --dist loadfile

coverage: $(READY) ## run the tests and say which lines of the pure modules they never reach
	@$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term-missing:skip-covered

check: $(READY) ## format, lint, types, SQL lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --disable-progress-bar --processes 0 dbt/models dbt/tests

format: $(READY) ## rewrite what the formatters can
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix . && $(BIN)/sqlfluff fix --disable-progress-bar dbt/models dbt/tests

docs: $(READY) ## write the data dictionary and the page of metrics
	@$(BIN)/python -m dagster_project.documentation

lock: ## renew requirements.lock from pyproject.toml
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --extra dev --output-file requirements.lock pyproject.toml

bench: $(READY) ## measure build, reading and memory side by side with their floors
	@$(BIN)/python -m benchmarks.build

bench-network: $(READY) ## measure the network metrics against igraph and networkit
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement benchmarks/requirements.lock
	@$(BIN)/python -m benchmarks.network
	@$(BIN)/python -m benchmarks.network_edges
	@$(BIN)/python -m benchmarks.network_months

clean: ## remove the environment and the demo
	@chmod -R u+w $(DEMO) 2>/dev/null || true
	@rm -rf $(VENV) $(DEMO)
