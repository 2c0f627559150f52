# The whole toolbox. `make` lists it; what CI runs is `make test`, the same as people run.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
RUN_NEEDS := mosquitto=mosquitto
TEST_NEEDS := $(RUN_NEEDS) Xvfb=xvfb xdotool=xdotool import=imagemagick systemd-analyze=systemd openssl=openssl
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help demo test check format lint types bench soak golden schemas locales clean needs test-needs

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(READY): uv.lock pyproject.toml
	@PYTHON=$(PYTHON) tools/need.sh venv=python3-venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=python3.12 or the like" >&2; exit 69; }
	@test -x $(BIN)/python || { echo "making .venv with $$($(PYTHON) --version)" >&2; $(PYTHON) -m venv .venv; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep -A1 '^name = "uv"$$' uv.lock | sed -nE 's/^version = "(.*)"/uv==\1/p')"
	@echo "installing what uv.lock names into .venv" >&2
	@$(BIN)/uv sync --quiet --frozen --all-extras
	@touch $@

needs: $(READY)
	@tools/need.sh $(RUN_NEEDS)

test-needs: $(READY)
	@tools/need.sh $(TEST_NEEDS)

demo: needs ## the whole shop here, no hardware needed (SCRIPT=1: one scripted minute, every promise checked)
	@$(BIN)/stupeni demo $(if $(SCRIPT),--script) $(if $(OUT),--out $(OUT))

test: test-needs ## all tests
	$(PYTEST) -m "not soak"

check: format lint types test ## format, lint, types and all tests

format: $(READY)
	$(BIN)/ruff format --check .

lint: $(READY)
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

bench: needs ## measure everything against peers and limits: bench/results/ (bench-NAME: one of them)
	$(BIN)/python -m bench

bench-%: needs
	$(BIN)/python -m bench $*

soak: test-needs ## the long runs: more seeds, more days
	$(PYTEST) -m soak

golden: $(READY) ## draw the golden pictures anew (look at them before you commit them)
	$(BIN)/python -m tests.golden_pictures --accept

schemas: $(READY) ## write docs/schemas and the AsyncAPI documents anew from the code
	$(BIN)/python -m tests.schemas --accept

locales: $(READY) ## compile the translations
	$(BIN)/pybabel compile --directory display/locales --domain stupeni

clean: ## remove what was made here
	rm -rf .venv build dist *.egg-info var .pytest_cache .mypy_cache .ruff_cache .hypothesis
