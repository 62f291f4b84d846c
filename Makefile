# The day's commands. Nothing but Python 3.11 or newer and make must be there beforehand.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
SHELL := /bin/bash
BIN := .venv/bin
STAMPS := .venv/stamps

.PHONY: setup demo test check fix faults bench lighthouse audit help

help: ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup: $(STAMPS)/python $(STAMPS)/frontend $(STAMPS)/messages ## .venv, locked packages, front-end assets, translations

$(STAMPS)/python: pyproject.toml uv.lock tools/bootstrap.py
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it and try again" >&2; exit 2; }
	$(PYTHON) tools/bootstrap.py
	@mkdir -p $(STAMPS) && touch $@

# The stylesheet holds the rules that pages use, so that a changed page may want another.
PAGES := $(shell find src/forloeb/web -name '*.j2' -o -name '*.py' -o -path '*/static/forloeb/*.js' -o -path '*/static/forloeb/*.css')
$(STAMPS)/frontend: $(STAMPS)/python frontend/package-lock.json tools/build_frontend.py tools/used_rules.mjs tools/split_fonts.py $(PAGES)
	$(BIN)/python tools/build_frontend.py
	@touch $@

$(STAMPS)/messages: $(STAMPS)/python $(wildcard src/forloeb/web/locale/*/LC_MESSAGES/django.po) tools/compile_messages.py
	$(BIN)/python tools/compile_messages.py
	@touch $@

demo: setup ## a practice of synthetic people on http://127.0.0.1:8000
	$(BIN)/forloeb serve --demo

test: setup $(STAMPS)/browser ## every test, the browser's included
	$(BIN)/pytest -n 2 --dist loadfile

$(STAMPS)/browser: $(STAMPS)/python tools/find_browser.sh
	sh tools/find_browser.sh
	@touch $@

check: setup ## formatting, lint, types, layers, migrations, content; changes nothing
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/uv lock --check
	$(BIN)/python tools/compile_messages.py --check
	$(BIN)/forloeb guidelines check
	$(BIN)/python tools/write_reference.py --check
	$(BIN)/python tools/check_migrations.py

fix: setup ## format, and mend what can be mended
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

faults: setup ## 10,000 values in flight through every fault; long
	FORLOEB_FAULTS=10000 $(BIN)/pytest -s tests/integration/test_faults.py

bench: setup ## speed, printed beside its floor
	$(BIN)/python -m bench

lighthouse: setup $(STAMPS)/browser ## speed on a slow phone, and three more scores; fetches Lighthouse the first time
	$(BIN)/python tools/run_lighthouse.py

audit: setup ## known vulnerabilities in the lock; needs the internet
	$(BIN)/pip-audit --strict --require-hashes -r <($(BIN)/uv export --format requirements-txt)
