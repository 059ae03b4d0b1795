# `make run` and `make test` are all that is needed; `make help` lists the rest.
PYTHON ?= python3.11
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --ignore-requires-python --no-compile --require-hashes
SITE := .venv/lib/python3.11/site-packages
# Importing compiles, once for all starts: unless PYTHONDONTWRITEBYTECODE says not to, as on many machines for builds.
COMPILE := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -W ignore -c
STARTED := rasa.__main__, rasa.api, rasa.server, rasa.core.run, rasa.model_training, rasa_sdk.__main__, clinic.nlu.importer, clinic.console.app, sklearn.linear_model, clinic.start.golden; clinic.start.golden.import_components()
export ACTIONS_PORT ?= 5055
-include .env
export

.PHONY: help setup setup-dev run restart demo chat calendars link channel-check channel-sim train test check audit format evaluate explain lock browser nginx stock
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: .venv/.installed ## install what running needs into .venv
setup-dev: .venv/.installed-dev ## install what testing needs as well

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or name it with PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.installed: requirements.lock stand-ins/stand_ins.py | .venv/bin/python
	@echo "Installing the assistant's packages into .venv (about a minute) …"
	@$(PIP) -r requirements.lock
	@printf '%s\nimport stand_ins\n' '$(CURDIR)/stand-ins' > $(SITE)/stand_ins.pth
	@echo "Compiling what every start imports …"
	@PYTHONOPTIMIZE=2 $(COMPILE) 'import $(STARTED)'
	@touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.installed
	@echo "Installing the tests' packages …"
	@$(PIP) -r requirements-dev.lock
	@$(COMPILE) 'import hypothesis, playwright.sync_api, pytest, $(STARTED)'
	@touch $@

run: setup ## set up, train when needed, start everything (Ctrl-C stops it; WORKERS=4 for more processes)
	@$(BIN)/python -m clinic.start

restart: setup ## train when needed, then replace what make run started, one process after the other
	@$(BIN)/python -m clinic.start restart

demo: setup ## start it on a month of made-up visitors, in a database of its own (FRESH=1 makes them anew)
	@$(BIN)/python -W ignore -m demo

chat: setup ## the same conversation in this terminal
	@$(BIN)/python -m clinic.start chat

link: setup ## print a one-time link to the console: make link NAME=anna
	@$(BIN)/python -m clinic.console link $(NAME)

train: setup ## train when data or configuration changed
	@$(BIN)/python -m clinic.start train

calendars: setup ## print each practitioner's secret calendar address
	@$(BIN)/python -m clinic.booking.feeds

channel-check: setup ## does a messaging channel work, or what is wrong: make channel-check NAME=telegram
	@$(BIN)/python -m clinic.channels.check "$(NAME)"

channel-sim: setup ## chat over a simulated platform, no account needed: make channel-sim NAME=telegram
	@$(BIN)/python -W ignore -m clinic.channels.simulator "$(NAME)"

test: setup-dev browser nginx check ## set up, check and test everything
	@$(BIN)/python -m pytest --ignore tests/browser -n 3 --dist loadfile # three: they wait more than they work
	@$(BIN)/python -m pytest tests/browser -n 2 --dist loadfile # apart: the browser's driver keeps an event loop of its own

check: setup-dev train ## lint, types, security advisories and Rasa's own validation of the data
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m evaluation.audit --check
	@DENO_NO_UPDATE_CHECK=1 $(BIN)/deno check --quiet --no-remote --config widget/deno.json widget
	@$(BIN)/python -W ignore -m rasa data validate --max-history 5 2>&1 | tee .venv/validate.log | grep -E 'ERROR|WARNING|Error' || true
	@! grep -qE 'ERROR|Project validation completed with errors' .venv/validate.log
	@$(BIN)/python -W ignore -m evaluation.data

format: setup-dev ## format the code
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format .

audit: setup-dev ## look every package up in a database of security advisories (needs the network)
	@$(BIN)/python -m evaluation.audit

evaluate: train ## how well the held-out questions are understood
	@$(BIN)/python -m evaluation.questions

explain: train ## what is understood of a message: make explain TEXT="does it hurt?"
	@$(BIN)/python -W ignore -m clinic.nlu.explain "$(TEXT)"

browser:
	@command -v chromium >/dev/null || { echo "Installing Debian's chromium for the browser tests …"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-liberation >/dev/null; } \
	  || { echo "The browser tests need chromium: install it (Debian: apt-get install chromium) and run make test again."; exit 1; }; }

nginx: # for the tests of many processes; where it cannot be installed, they say that they were skipped
	@command -v nginx >/dev/null || { echo "Installing Debian's nginx for the tests of many processes …"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends nginx-light >/dev/null 2>&1 && { systemctl disable --now nginx >/dev/null 2>&1 || true; }; } \
	  || echo "NOT TESTED: many processes behind nginx. It is not installed and could not be (Debian: apt-get install nginx-light)."; }

lock: ## resolve pyproject.toml anew (needs uv)
	uv lock --upgrade
	uv export --no-emit-project --no-header --no-annotate --no-default-groups -q -o requirements.lock
	uv export --no-emit-project --no-header --no-annotate --only-group dev -q -o requirements-dev.lock

stock: ## install stock Rasa beside this one, for the comparison in evaluation/
	@bash evaluation/stock/install
