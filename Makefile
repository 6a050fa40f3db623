# Two commands matter: `make demo` and `make test`. Both set themselves up; nothing but python3 and make is needed.
PYTHON ?= python3
PORT ?= 8080
BIN := .venv/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m pip install --quiet

# Tests start many processes: each reads what the first one compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test tested bench check fmt setup pictures clean

demo: .venv/run.stamp
	@exec $(BIN)/kizuki demo --port $(PORT)

setup: .venv/dev.stamp

test: .venv/dev.stamp
	@.ci/browser
	@.ci/node
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	@.ci/beside $(BIN)/mypy -- $(MAKE) --no-print-directory tested

# `kizuki check` comes first: it leaves the trained model that every process of the tests reads.
tested:
	$(BIN)/kizuki check
	$(BIN)/pytest -n 3 --dist worksteal

check: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/kizuki check

fmt: .venv/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/dev.stamp
	$(BIN)/python -m tests.bench

pictures: .venv/dev.stamp
	@.ci/browser
	$(BIN)/python -m tests.pictures

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.venv/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit("kizuki needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Choose one with PYTHON=…") if sys.version_info < (3, 11) else None'
	@echo "Setting up .venv (once) …"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/run.stamp: .venv/python.stamp pyproject.toml constraints.txt
	@$(PIP) --editable .
	@touch $@

.venv/dev.stamp: .venv/python.stamp pyproject.toml constraints.txt
	@echo "Installing the tools for tests and measurements (once) …"
	@$(PIP) --editable '.[dev]'
	@touch $@ .venv/run.stamp
