# One line for each thing that a person does here. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(FITS)' 2>/dev/null && echo $$p && break; done)

COURSE ?= course
CHAPTER ?= e3_5_complete_formulas
EXAMPLE := _build/example_class
# not for the environment of a command, for which make would expand what a `$` in them begins
unexport COURSE CHAPTER
# a word for the shell: the variable as it was given, between single quotes
QUOTED = '$(subst ','\'',$(1))'
AUTOGRADER = $(BIN)/python -m autograder --course=$(call QUOTED,$(value COURSE))

.PHONY: help course book release grade feedback report test test-all test-heavy bench tools conventions lint lock doctor clean

help:  ## list these lines
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(INSTALLED): requirements.txt
	@test -n $(call QUOTED,$(PYTHON)) || { echo "Python 3.11, 3.12 or 3.13 is needed and was not found; see 'make doctor'." >&2; exit 1; }
	$(call QUOTED,$(PYTHON)) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

course: book  ## build the site, release, grade the example class, write feedback, print the points
	$(BIN)/python -m autograder --course $(call QUOTED,$(EXAMPLE)) example
	@echo "site         _build/html/index.html"

book: $(INSTALLED)  ## build the site into _build/html
	$(BIN)/jupyter-book build . -W --keep-going --quiet

release: $(INSTALLED)  ## make the student notebooks: all but optional ones, or CHAPTER=...
	$(AUTOGRADER) release $(if $(findstring command,$(origin CHAPTER)),\
		$(foreach each,$(value CHAPTER),$(call QUOTED,$(each))))

grade: $(INSTALLED)  ## grade what was handed in: make grade CHAPTER=e3_5_complete_formulas
	$(AUTOGRADER) grade $(call QUOTED,$(value CHAPTER))

feedback: $(INSTALLED)  ## write the feedback pages of a chapter
	$(AUTOGRADER) feedback $(call QUOTED,$(value CHAPTER))

report: $(INSTALLED)  ## print the points of a chapter
	$(AUTOGRADER) report $(call QUOTED,$(value CHAPTER))

test: lint  ## run every test but the heavy ones, the chapters' cells included
	$(BIN)/python -m pytest -m "not heavy"

test-all: lint  ## run every test, the heavy ones too
	$(BIN)/python -m pytest

test-heavy: $(INSTALLED)  ## run the heavy tests alone
	$(BIN)/python -m pytest -m heavy

bench: $(INSTALLED)  ## measure rate and memory beside plain nbgrader, half an hour; BENCH=--help says how to choose
	$(BIN)/python -m tests.benchmark $(BENCH)

tools: $(INSTALLED)  ## run jupytext, nbstripout, marimo and others anew for tests/running/tools, ten minutes
	$(BIN)/python -m tests.running.tools

conventions: $(INSTALLED)  ## ask the libraries anew for the tables of conventions, 8 GB and ten minutes
	$(BIN)/python -m tests.book.conventions

lint: $(INSTALLED)  ## check format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

lock: $(INSTALLED)  ## make requirements.txt again from pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --no-annotate --no-header --quiet --upgrade \
		pyproject.toml --output-file requirements.txt

doctor:  ## say what this machine has, and what each missing part would add
	@$$(test -x $(BIN)/python && echo $(BIN)/python || echo python3) -m autograder doctor

clean:  ## remove everything that can be made again (your class folder stays)
	rm -rf _build .pytest_cache .ruff_cache .hypothesis
