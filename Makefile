# One target per task; `make` alone lists them. Needs Python 3.11 or newer and make, nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
UV := $(PY) -m uv
# The folder of caches must exist and be ours; without a home folder uv has none.
UV_FLAGS := $(if $(wildcard $(HOME)/.),,--no-cache)
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed

SOURCES := src tests tools bench

# Where the environment forbids Python to keep what it compiled, every process would compile all it imports, for seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo serve test reliability check format lint types imports fast-tests fuzz reference samples lock bench audit clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: $(DEV) ## create .venv with everything that running, testing and checking need

demo: $(RUNTIME) ## start the service on a temporary folder, read the samples, show the results, stop
	@$(PY) tools/demo.py

serve: $(RUNTIME) ## start the service and leave it running (DATA_DIR=./docurift-data PORT=8000)
	@$(PY) -m docurift serve $(if $(DATA_DIR),--data-dir "$(DATA_DIR)") $(if $(PORT),--port "$(PORT)")

test: $(DEV) ## run the test suite, without what only `make reliability` runs (WORKERS=4; two for each core)
	@$(PY) tools/run_tests.py -m "not slow" $(if $(WORKERS),-n $(WORKERS))

reliability: $(DEV) ## every fault, then a soak that writes docs/explanation/reliability.md (MINUTES=10 SEED=…)
	@$(PY) tools/run_tests.py $(if $(WORKERS),-n $(WORKERS)) tests/reliability
	@$(PY) -m tests.reliability.soak --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED)) --write

check: format lint types imports audit fast-tests ## format, lint, types, imports, known vulnerabilities, and the tests of rules, queries and HTTP

format: $(DEV) ## fail when a file is not formatted (`make format FIX=1` formats)
	@$(PY) -m ruff format $(if $(FIX),,--check) .

lint: $(DEV) ## ruff over everything (FIX=1 mends what can be mended)
	@$(PY) -m ruff check $(if $(FIX),--fix) .

types: $(DEV) ## basedpyright, strict
	@$(PY) -m basedpyright

imports: $(DEV) ## who may import whom
	@$(PY) -c 'import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())'

fast-tests: $(DEV) ## tests of rules, queries and HTTP
	@$(PY) tools/run_tests.py $(if $(WORKERS),-n $(WORKERS)) tests/unit tests/egress tests/storage tests/api

fuzz: $(DEV) ## schemathesis over the whole API, all checks, stateful (EXAMPLES=200 for each operation)
	@EXAMPLES=$(or $(EXAMPLES),200) $(PY) -m pytest tests/api/test_schemathesis.py

reference: $(DEV) ## write docs/reference from the code
	@$(PY) tools/make_reference.py

samples: $(DEV) ## draw the sample documents again
	@$(PY) tools/make_samples.py

lock: $(DEV) ## resolve the locks again (UPGRADE=1 takes newer versions)
	@$(PY) tools/lock.py $(if $(UPGRADE),--upgrade)

bench: $(DEV) ## list the benchmarks, one command each
	@cat bench/README.md

audit: $(DEV) ## ask the index for known vulnerabilities of the locked versions
	@$(PY) tools/audit.py

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(RUNTIME): locks/uv.txt locks/runtime.txt pyproject.toml tools/install.sh
	@PYTHON="$(PYTHON)" UV_FLAGS="$(UV_FLAGS)" sh tools/install.sh locks/runtime.txt
	@touch $@

$(DEV): locks/uv.txt locks/dev.txt pyproject.toml tools/install.sh
	@PYTHON="$(PYTHON)" UV_FLAGS="$(UV_FLAGS)" sh tools/install.sh locks/dev.txt
	@touch $@ $(RUNTIME)
