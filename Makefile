# The front door: `make run` and `make test` are all a newcomer needs; `make help` shows the rest.
# GNU make 3.81 (macOS) and a plain sh are enough.

VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# Stamps: the environment is made once, and again only after one of these files has changed.
PINS := pyproject.toml constraints.txt
FOR_RUNNING := $(VENV)/.for-running
FOR_DEVELOPING := $(VENV)/.for-developing

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test test-all soak interop bench format lint types imports hooks constraints

help: ## this menu
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@ / {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Use it

run: $(FOR_RUNNING) ## start the gateway with the bundled ERP simulator and sample files (Ctrl-C stops it)
	@exec $(BIN)/gateway run --lab --samples

##@ Check it

test: lint types imports ## all that needs nothing but Python packages: style, types, imports, tests
	@$(BIN)/pytest -n 2 --dist worksteal -m "not all and not soak and not interop" || { code=$$?; \
	  if [ $$code -eq 5 ]; then echo "make test: no test was found, so nothing was tested" >&2; fi; exit $$code; }

test-all: $(FOR_DEVELOPING) ## only what `make test` leaves out: long tests, and those that need more than packages
	@$(BIN)/pytest -m all || { code=$$?; \
	  if [ $$code -eq 5 ]; then echo "make test-all: no test is marked all; nothing to do"; else exit $$code; fi; }

soak: $(FOR_DEVELOPING) ## kill -9 two hundred times with files waiting (SOAK_KILLS=1000 make soak)
	@$(BIN)/pytest -m soak -s

interop: $(FOR_DEVELOPING) ## exchange AS2 with software that others wrote, and print the matrix (docs/interop-as2.md)
	@$(BIN)/pytest -m interop -s -rs

bench: $(FOR_RUNNING) ## measure speed, memory and fsyncs beside the floor of this machine
	@$(BIN)/gateway bench

##@ Change it

format: $(FOR_DEVELOPING) ## rewrite the code in the house's style
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

lint: $(FOR_DEVELOPING) ## formatting and lint rules (ruff)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(FOR_DEVELOPING) ## types of package and tests (mypy --strict)
	@$(BIN)/mypy

imports: $(FOR_DEVELOPING) ## who may import whom (import-linter)
	@$(BIN)/lint-imports --no-logo

hooks: $(FOR_DEVELOPING) ## run format and lint before every commit (pre-commit)
	@$(PIP_INSTALL) -e '.[hooks]'
	@$(BIN)/pre-commit install

constraints: ## write constraints.txt anew: the newest versions that pyproject.toml allows
	@rm -rf build/constraints
	@python=$$(sh .ci/find-python) && "$$python" -m venv build/constraints
	@build/constraints/bin/python -m pip install --quiet --disable-pip-version-check '.[dev,hooks]'
	@{ grep '^#' constraints.txt; \
	  build/constraints/bin/python -m pip freeze --exclude edi-gateway | LC_ALL=C sort -f; } > build/constraints.txt
	@mv build/constraints.txt constraints.txt && rm -rf build/constraints
	@echo "constraints.txt is new; run make test before you commit it"

# The environment itself. Where Python 3.11+ or venv is missing, find-python says the one command that brings it.

$(FOR_RUNNING): $(PINS)
	@$(make_environment)
	@echo "Installing the gateway into $(VENV) (once) ..."
	@$(PIP_INSTALL) -e .
	@touch $@

$(FOR_DEVELOPING): $(PINS)
	@$(make_environment)
	@echo "Installing the gateway and its test tools into $(VENV) (once) ..."
	@$(PIP_INSTALL) -e '.[dev]'
	@touch $(FOR_RUNNING) $@

# An environment whose Python has gone (a system upgrade) is made again.
make_environment = $(BIN)/python -m pip --version > /dev/null 2>&1 || { \
  python=$$(sh .ci/find-python) && echo "Making $(VENV) with $$python ..." && "$$python" -m venv --clear $(VENV); }
