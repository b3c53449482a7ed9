# Model Market Monitor: everyday tasks. `make` alone lists them.

# Makes .venv; for another Python: make clean setup PYTHON=python3.13
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip --quiet

# Set by `make setup`/`make test` and by `make demo`; both live in the one .venv.
STAMP     := $(VENV)/.stamp
STAMP_RUN := $(VENV)/.stamp-run

# constraints.txt has two parts; what stands above this line is enough to run the program.
DEV_LINE := \# Development only

COMPILE := pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
# awk: is this line of the second file part of a package that the first file names too?
SPLIT := FNR == NR { if (/^[a-z0-9]/) run[$$1]; next } /^[a-z0-9]/ { wanted = ($$1 in run) }

.DEFAULT_GOAL := help
.PHONY: help setup test check demo format bench servers lock clean
.DELETE_ON_ERROR:

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) ## make .venv with everything for development

test: $(STAMP) ## run the tests
	@$(BIN)/python -m pytest

check: $(STAMP) ## run all that CI runs: format, lint, types, layers, rules and their tests, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/monitor check --strict --no-history
	$(BIN)/monitor test
	$(BIN)/python -m pytest

demo: $(STAMP_RUN) ## show the program at work (installs only what that needs)
	@$(BIN)/monitor demo

format: $(STAMP) ## format the code and fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP) ## run the benchmarks
	@$(BIN)/python -m tests.bench

servers: ## get the real servers that some tests need: a quarter of an hour the first time
	@tests/servers.sh

lock: ## pin the newest versions pyproject.toml allows in constraints.txt
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip --quiet install uv
	build/lock/bin/uv $(COMPILE) --extra build pyproject.toml > build/lock/run.txt
	build/lock/bin/uv $(COMPILE) --all-extras pyproject.toml > build/lock/all.txt
	@{ echo '# Made by `make lock`; do not edit.'; \
		awk '$(SPLIT) wanted' build/lock/run.txt build/lock/all.txt; \
		echo; echo '$(DEV_LINE)'; \
		awk '$(SPLIT) !wanted' build/lock/run.txt build/lock/all.txt; } > constraints.txt

clean: ## remove .venv, caches and build output
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): $(STAMP_RUN)
	@echo "setup: installing the development tools (about 15 seconds the first time)"
	@$(PIP) install --require-hashes -r constraints.txt
	@touch $@

$(STAMP_RUN): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "setup: $(PYTHON) is missing or older than 3.11; name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "setup: $(PYTHON) cannot make a venv; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "setup: making $(VENV) and installing the program (about 20 seconds the first time)"
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@sed '/^$(DEV_LINE)/,$$d' constraints.txt > $(VENV)/runtime.txt
	@$(PIP) install --require-hashes -r $(VENV)/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
