# Every target begins with `setup`, so each works on a fresh clone. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo run test lint types drift drift-fix check bench clean

PY := .venv/bin/python
# Both source roots. `platform` itself is never a package: the standard library owns that name.
export PYTHONPATH := $(CURDIR):$(CURDIR)/platform
# pytest keeps its last temporary folders; inside the project, like everything else.
export PYTEST_DEBUG_TEMPROOT := $(CURDIR)/.local/tmp
# As many processes as cores, four at most; a file's tests stay together and in order. WORKERS=0 is one process, pdb works.
WORKERS ?= auto
PARALLEL := -n $(WORKERS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# Arguments for the tool behind a target: make test ARGS="-k refund"
ARGS ?=
WITH_SERVERS := $(PY) -m embedded exec --

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: ## build .venv and install what is missing (PYTHON=… chooses the interpreter)
	@SETUP_SYSTEM="$(or $(SETUP_SYSTEM),$(if $(filter setup,$(MAKECMDGOALS)),retry))" PYTHON="$(PYTHON)" sh deploy/setup/setup.sh

demo: setup ## run the whole story on a local provider, print the result, serve until Ctrl-C
	@$(PY) manage.py demo $(ARGS)

run: setup ## serve the project with its own database, worker and payment sandbox
	@$(PY) manage.py dev $(ARGS)

test: setup ## run the tests, on servers of their own unless DATABASE_URL and REDIS_URL are set
	@mkdir -p $(PYTEST_DEBUG_TEMPROOT)
	@$(WITH_SERVERS) $(PY) -m pytest $(PARALLEL) $(ARGS)

lint: setup ## style, formatting and the import contracts
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@.venv/bin/lint-imports

types: setup ## strict type check
	@$(PY) -m mypy

drift: setup ## generated files fit their sources (locks, .env.example, ERD, migrations)
	@.ci/drift

drift-fix: setup ## renew the generated files
	@.ci/drift fix

check: setup ## everything continuous integration runs
	@.ci/run

bench: setup ## measurements: ARGS="provisioning --scale smoke"
	@$(WITH_SERVERS) $(PY) -m tests.bench $(ARGS)

clean: ## remove .venv, .local (data too) and caches
	@if [ -x $(PY) ]; then $(PY) -m embedded clean; \
	elif [ -f .local/outside ]; then echo "remove by hand: $$(cat .local/outside)"; fi
	@rm -rf .venv .local .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "clean: removed .venv, .local and caches"
