# Every command sets up what it needs first; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export MYPYPATH := .cache/mypypath
# Compiled modules are kept, whatever the caller's shell says: tests begin, and their servers start, sooner.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup lab lint check test demo chaos soak monitoring bench bench-speech clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

setup: ## virtual environment with the pinned packages
	@$(PYTHON) ivrcore/lab/bootstrap.py

lab: setup ## the private Asterisk and SIPp, unpacked into .lab/
	@$(BIN)/python -m ivrcore.lab fetch

LINT = $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-cache
LINT_BESIDE = mkdir -p .cache; { $(LINT); } >.cache/lint.txt 2>&1 & lint=$$!
LINT_TOLD = wait $$lint; lint=$$?; wait; cat .cache/lint.txt; exit $$((tests ? tests : lint))

# Three workers for two cores: a quarter of their time tests wait, for a deadline or a watched folder. Lint and
# types run beside them, on what is left; their words come last.
check: setup ## lint, types, layers, tests without Asterisk (under 90 s)
	@$(LINT_BESIDE); \
	$(BIN)/pytest -q -n 3 -p no:rerunfailures -m "not slow" tests/unit tests/contract tests/scenarios; tests=$$?; \
	$(LINT_TOLD)

# First what is busy, with lint and the fetching of what only some tests need beside it; then what is real. There
# each test has an Asterisk, a server and phones of its own and mostly waits: five at a time keep two cores at
# work. A test of real processes that fails on a busy machine is run again, and named in the summary; it is a
# fault to be found all the same (`make check` runs none twice).
test: lab ## the whole suite, on the real Asterisk too (under 15 min)
	@$(LINT_BESIDE); $(BIN)/python -m ivrcore.lab fetch $(GROUPS) >.cache/fetch.txt 2>&1 & \
	$(BIN)/pytest -q -n 3 --reruns 1 -rR tests/unit tests/contract tests/scenarios; tests=$$?; \
	$(LINT_TOLD)
	@$(BIN)/pytest -q -n 5 --dist loadfile --reruns 2 -rR tests/asterisk tests/graphviz tests/postgres tests/web

GROUPS := browser monitoring alertmanager postgresql

lint: setup ## style, types, layers
	@$(LINT)

demo: lab ## a hotline with callers and agents: make demo [CALLS=20]
	@$(BIN)/python -m ivrcore.lab demo $(if $(CALLS),--calls $(CALLS))

monitoring: lab ## the demo with Prometheus, Alertmanager, wallboard and a canary: make monitoring [CALLS=20]
	@$(BIN)/python -m ivrcore.lab monitoring $(if $(CALLS),--calls $(CALLS))

chaos: lab ## the server killed (OF=kills), its link lost (cuts) or Asterisk killed (crashes) under 30 calls, again and again: make chaos [OF=cuts] [SEEDS=200] [FIRST=1]
	@$(BIN)/python -m ivrcore.lab chaos $(if $(OF),--of $(OF)) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(FIRST),--first $(FIRST))

soak: lab ## recognitions, half an hour in which all figures agree, an hour of load: make soak [MINUTES=5 LOAD=5]
	@$(BIN)/python -m ivrcore.lab soak-speech
	@$(BIN)/python -m ivrcore.lab soak $(if $(MINUTES),--minutes $(MINUTES))
	@$(BIN)/python -m ivrcore.lab soak-load $(if $(LOAD),--minutes $(LOAD))

bench: lab ## figures beside a bare Asterisk, written to docs/performance.md
	@$(BIN)/python -m ivrcore.lab bench --write

bench-speech: lab ## figures of the recognisers: CPU, delays, coughs, understanding, memory (25 min)
	@$(BIN)/python -m ivrcore.lab bench --only recognisers,streams,decisions,aeap,coughs,values,corpus,soak --write

clean: ## remove what the commands made
	rm -rf .venv .lab .cache .hypothesis .mypy_cache .ruff_cache build *.egg-info
	find ivrcore plugins tests -name __pycache__ -prune -exec rm -rf {} +
