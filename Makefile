# The two commands a newcomer needs: `make demo` and `make test`. Both set themselves up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Some machines say so for all of Python; here it makes every process compile what it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test test-full soak lint format lock clean

# What setup.py compiles; an edit of one of them is compiled again by the next target that runs.
COMPILED := $(shell sed -n 's/^    "\(.*\)\.py",$$/\1/p' setup.py)

# Compiled or not: whoever asks for the other gets it.
BUILT := $(VENV)/.built$(if $(filter 0,$(TRUEFRIEND_COMPILE)),-python)

setup: $(BUILT)

$(VENV)/.ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "truefriend needs Python 3.11 or newer: set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(BUILT): $(VENV)/.ready pyproject.toml setup.py $(COMPILED:=.py)
	@find pipeline topics -name '*.so' -delete
	@rm -f $(VENV)/.built*
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@ls $(firstword $(COMPILED)).*.so >/dev/null 2>&1 \
	  || echo "Not compiled (no C compiler, or TRUEFRIEND_COMPILE=0): all works, only slower."
	@touch $@

demo: setup
	$(BIN)/truefriend demo

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest -n auto -m "not full"

test-full: lint
	$(BIN)/pytest -n auto --hypothesis-profile=other

# Faults at random for MINUTES; the same SEED draws the same ones.
MINUTES ?= 10
SEED ?= 1
soak: setup
	$(BIN)/python -m tests.stream.soak --minutes $(MINUTES) --seed $(SEED)

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Pins every dependency with its hashes, for all platforms.
lock: setup
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes \
	  --no-emit-index-url --no-header --upgrade pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build demo *.egg-info
	find pipeline topics -name '*.so' -delete
