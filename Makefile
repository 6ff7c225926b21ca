# Every verb of the day. `make run` and `make test` begin on a fresh clone with nothing but Python 3.11+.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export UV_PYTHON_DOWNLOADS := never

.PHONY: help setup run test check fix bench docs constraints clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(READY) ## virtual environment with everything (uses uv when it is there)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"Rookery needs Python 3.11 or newer; this is {v[0]}.{v[1]}. Try: make run PYTHON=python3.12")'
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
		uv pip install --quiet --compile-bytecode --python $(BIN)/python -e '.[dev]' -c constraints.txt; \
	else \
		{ test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { \
			echo "Python's venv module is missing. On Debian: apt install python3-venv (or: pip install uv)"; exit 1; }; } && \
		echo "Installing into $(VENV) (about half a minute the first time) ..." && \
		$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]' -c constraints.txt; \
	fi
	@touch $(READY)

run: $(READY) ## start the platform with the example bots on http://127.0.0.1:8080
	@$(BIN)/rookery up $(ARGS)

test: $(READY) ## the whole test suite
	@$(BIN)/python -m pytest -n auto $(ARGS)

check: $(READY) ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

fix: $(READY) ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## measure; prints ratios within one run
	$(BIN)/python -m bench

docs: $(READY) ## write the reference pages and the guides' code from the code
	@$(BIN)/python scripts/reference.py
	@$(BIN)/python scripts/guides.py

constraints: ## pin what was tested (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-header --no-annotate --upgrade pyproject.toml -o constraints.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
