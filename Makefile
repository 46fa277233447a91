# make run     start the dashboard and open the browser; ARGS="--no-browser" passes options on
# make test    the tests
# make check   the tests, and everything that judges the source without running it
#
# PYTHON=python3.13 chooses the interpreter.

PYTHON ?= python3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Real processes on a machine that others use as well: a failure counts when it comes again.
TESTING := --numprocesses 3 --dist loadfile --reruns 2
BUILT_FROM := pyproject.toml hatch_build.py engine/probe/quick.c
JS_TESTS = $(wildcard tests/js/*.test.js)

.PHONY: run test check source format lint mypy types test-python test-js

run: $(VENV)/installed
	@$(BIN)/socket-playground $(ARGS)

test: test-python test-js

check: source test

source: format lint mypy types

format: $(VENV)/installed-test
	$(BIN)/ruff format --check .

lint: $(VENV)/installed-test
	$(BIN)/ruff check .

mypy: $(VENV)/installed-test
	$(BIN)/mypy

types:
	@$(call with_node,npm,$(MAKE) --no-print-directory node_modules/installed && npx --no-install tsc --project tsconfig.json)

test-python: $(VENV)/installed-test
	$(BIN)/python -m pytest $(TESTING)

test-js:
	@$(call with_node,node,node --test $(JS_TESTS))

# $(call with_node,COMMAND,WHAT): WHAT needs COMMAND; without it a failure in CI, elsewhere skipped aloud.
define with_node
	if command -v $(1) >/dev/null; then $(2); \
	else echo "$(1) is missing, $@ of the JavaScript skipped; on Debian: apt install nodejs npm" >&2; \
	     [ "$$CI" != true ]; fi
endef

$(VENV)/installed: $(BUILT_FROM) | $(VENV)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/installed-test: $(BUILT_FROM) | $(VENV)/python
	$(PIP) --editable '.[test]'
	@touch $@ $(VENV)/installed

$(VENV)/python:
	@command -v $(PYTHON) >/dev/null || { \
	    echo "there is no $(PYTHON) here; install Python 3.11 or later, or name it: make PYTHON=python3.13" >&2; \
	    echo "找不到 $(PYTHON)；请安装 Python 3.11 或更新的版本，或指定解释器：make PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python 3.11 or later is needed, and $(PYTHON) is not; try: make PYTHON=python3.13" >&2; \
	    echo "需要 Python 3.11 或更新的版本，可以这样指定：make PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	    echo "$(PYTHON) cannot make virtual environments; on Debian: apt install python3-venv" >&2; \
	    echo "$(PYTHON) 无法创建虚拟环境；在 Debian 上请先安装：apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

node_modules/installed: package.json
	npm install --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@
