# make run   the main job on the bundled example, and the stories it makes
# make test  the tests (some: make test TESTS=tests/ingest); both make .venv from requirements.lock when it is not there
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
EXAMPLE := .newsfold/example
export DO_NOT_TRACK = 1
export PREFECT_SERVER_ANALYTICS_ENABLED = false

.DEFAULT_GOAL := help
.PHONY: help install run test lint types contracts quality bench bench-cluster bench-fetch bench-pages bench-query bench-scale faults licences sbom audit check clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

install: $(READY) ## make .venv with the tested versions

# A second make that finds the environment half made waits for the first.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("newsfold needs Python 3.11 or newer, and this is %d.%d; say make PYTHON=python3.12" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@if command -v flock >/dev/null; then flock .venv.lock $(MAKE) --no-print-directory environment; else $(MAKE) --no-print-directory environment; fi

.PHONY: environment
environment:
	@if [ $(READY) -nt requirements.lock ] && [ $(READY) -nt pyproject.toml ]; then exit 0; fi; \
	set -e; echo "making .venv (a minute or two)" >&2; \
	$(PYTHON) -m venv $(VENV); \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements.lock; \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .; \
	touch $(READY)

run: $(READY) ## load examples/ through the Prefect flow and print the stories
	@NEWSFOLD_DATA=$(EXAMPLE) $(BIN)/newsfold load examples --prefect --db sqlite:///$(EXAMPLE)/stories.db || [ $$? -eq 3 ] # the example has broken inputs
	@$(BIN)/newsfold stories --variants --limit 100 --db sqlite:///$(EXAMPLE)/stories.db

test: $(READY) ## run the tests (of the page in Chromium, of the alerts in promtool, which tests/debian.sh installs)
	@if tests/debian.sh; then exec $(BIN)/python -m pytest $(TESTS); fi; \
	if [ -n "$$CI" ]; then exit 1; fi; \
	exec $(BIN)/python -m pytest -m "not debian" $(TESTS)

lint: $(READY) ## ruff, shellcheck, hadolint: form and rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/shellcheck .ci/run deploy/*.sh tests/*.sh
	@$(BIN)/hadolint deploy/Dockerfile

types: $(READY) ## mypy, strict
	@$(BIN)/mypy

contracts: $(READY) ## which package may import which
	@$(BIN)/lint-imports

quality: $(READY) ## the quality gate: precision and recall may not fall
	@$(BIN)/python -m tests.quality.gate $(GATE)

bench: $(READY) ## documents per second, step by step, and how cost grows with the store
	@$(BIN)/python -m tests.bench.pipeline

bench-cluster: $(READY) ## microseconds a step as the store grows, next to text-dedup and datasketch
	@$(BIN)/python -m tests.bench.cluster

bench-fetch: $(READY) ## pages per second from fifty hosts, next to Scrapy, and whether we stay polite
	@$(BIN)/python -m tests.bench.fetch

bench-pages: $(READY) ## milliseconds a page costs beside its cleaning, next to trafilatura alone
	@$(BIN)/python -m tests.bench.pages

bench-scale: $(READY) ## a million made documents (N=20000: fewer) on both databases, alone and with helpers: pace, CPU, memory, size
	@$(BIN)/python -m tests.bench.scale --documents $(or $(N),1000000)

bench-query: $(READY) ## milliseconds a question takes with a million variants
	@$(BIN)/python -m tests.bench.asking

faults: $(READY) ## kill loads, fill the disk, crash the server, 40 times in all (N=200: more); 0 lost, 0 doubled
	@$(BIN)/python -m tests.faults.campaign --faults $(or $(N),40)

# Of an environment of their own: what they need would change what the tests see.
.venv-audit/.ready: requirements.audit.txt
	@echo "making .venv-audit" >&2; $(PYTHON) -m venv --clear .venv-audit
	@.venv-audit/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements.audit.txt
	@touch $@

licences: $(READY) ## the licence of each package that an install brings
	@$(BIN)/python deploy/supply.py licences

sbom: $(READY) .venv-audit/.ready ## a bill of materials (CycloneDX) of what an install brings, on the standard output
	@$(BIN)/python deploy/supply.py sbom .venv-audit

audit: $(READY) .venv-audit/.ready ## known faults of the versions in requirements.lock; says so where the network is closed
	@$(BIN)/python deploy/supply.py audit .venv-audit

check: test lint types contracts quality licences audit run ## all that CI asks for

clean: ## remove what make run made
	rm -rf $(EXAMPLE)
