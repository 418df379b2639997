# The commands of the house. Each installs what it needs first and says what it does.
#   make run               the product on generated data of an invented city
#   make run DATA=FOLDER   the product on the published files in FOLDER
#   make test              every test; ONLY=words narrows, ALLOW=real,reference,schemas,browser,cluster excuses
#   make check             format, lint, types, import contracts, dead and duplicated code
#   make bench             measured ratios; ONLY=name runs one
#   make deep              what is too long for every run; ONLY=name runs one
#                          (ONLY=mutation takes SAMPLE, SEED and PROCESSES)
#   make lock              the locked requirements anew, from pyproject.toml and package.json

PORT ?= 8000
export OPENSCRUTINY_REAL_DATA ?= ../shared/data
export OPENSCRUTINY_REFERENCE ?= ../shared/reference
export OPENSCRUTINY_SCHEMAS ?= ../shared/schemas

.PHONY: setup setup-test run test check bench deep lock

setup:
	@scripts/setup run

setup-test:
	@scripts/setup test

run: setup
	@.venv/bin/openscrutiny run --port $(PORT) $(if $(DATA),--data "$(DATA)")

test: setup-test
	@.venv/bin/python scripts/test.py --only "$(ONLY)" --allow "$(ALLOW)"

check: setup-test
	@.venv/bin/python scripts/check.py

bench: setup-test
	@.venv/bin/python -m benchmarks $(ONLY)

deep: setup-test
	@.venv/bin/python scripts/deep.py $(ONLY)

lock: setup-test
	@scripts/lock
