# Two commands: `make book` builds it, `make test` checks it. The rest is for those who write it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
TOOLS := $(VENV)/installed-dev
SITE := _build/html
LIVE := _build/live
PORT ?= 8000
SHELL := /bin/bash
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# What is shown or leaves must be the book as it is here: no older, and finished.
OF_THIS_STATE = test -f $(SITE)/index.html || { echo 'Nothing built yet: make book'; exit 1; }; \
  $(BIN)/python chipbook/data/state.py $(SITE)

.PHONY: book test bench repeat pdf epub slides run run-check edition serve live lab matrix data correct release lint \
  format lock clean

# Nothing is built where nothing has changed since the site was finished.
book: $(STAMP)
	@$(BIN)/python chipbook/data/state.py $(SITE) exact || $(BIN)/jupyter-book build -W -n --keep-going .
	@printf '\nThe book is at\n  %s\nTo read it in a browser as a site: make serve\n' "$(CURDIR)/$(SITE)/index.html"

# Quick tests first: a wrong number should not have to wait for a browser.
test: $(TOOLS)
	@printf '\n== 1/5 two browsers\n'
	$(BIN)/python tests/chromium.py
	$(BIN)/python tests/firefox.py
	@printf '\n== 2/5 data and package\n'
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile
	@printf '\n== 3/5 the book\n'
	$(MAKE) --no-print-directory book
	@printf '\n== 4/5 chapters, notebooks and the built site\n'
	$(BIN)/python -m pytest -m slow -n 2 --dist worksteal
	@printf '\n== 5/5 a chapter run in its page\n'
	$(MAKE) --no-print-directory run
	$(BIN)/python -m pytest tests/run_check.py -k "reader or cannot or edition or chromium-chapters/chip-budget"

# The book on paper, in _build/html/paper, from the pages as they are built.
pdf epub slides: $(TOOLS)
	@$(OF_THIS_STATE)
	CHROMIUM="$$($(BIN)/python tests/chromium.py | tail -1 | sed 's/ (.*//')" \
	  $(BIN)/python -m chipbook.publish.press $@ $(SITE)

serve:
	@$(OF_THIS_STATE)
	@echo 'http://127.0.0.1:$(PORT)/ (Ctrl-C ends it)'
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory $(SITE) $(PORT)

# sphinx-autobuild wants a conf.py; it goes beside its own output, so the two builds never mix. The
# first page is there at once: what the last `make book` read and wrote is where this one starts.
live: $(TOOLS)
	@mkdir -p $(LIVE)
	@$(BIN)/jupyter-book config sphinx . > /dev/null && mv conf.py $(LIVE)/
	@if [ _build/.doctrees/environment.pickle -nt $(LIVE)/.doctrees/environment.pickle ]; then \
	  rm -rf $(LIVE)/.doctrees $(LIVE)/html && cp -a _build/.doctrees _build/html* $(LIVE)/; fi
	$(BIN)/sphinx-autobuild -c $(LIVE) -d $(LIVE)/.doctrees -n --port $(PORT) \
	  -D external_toc_path=$(CURDIR)/_toc.yml \
	  --ignore _build --ignore $(VENV) --ignore .git --re-ignore __pycache__ . $(LIVE)/html

# The notebooks of the site, which have the numbers in their prose, as copies to play with.
lab: $(TOOLS) book
	$(BIN)/python -m chipbook.publish.lab $(SITE)/notebooks _build/lab
	$(BIN)/jupyter lab --notebook-dir _build --LabApp.default_url=/lab/tree/lab

# Python for the pages of the built book, in _build/html/run: a download of 100 MB, once.
run: $(TOOLS)
	@$(OF_THIS_STATE)
	$(BIN)/python -m chipbook.publish.engine $(SITE)

# Every chapter run there, in two browsers, against what the build has; `make test` runs one.
run-check: $(TOOLS)
	@test -f $(SITE)/run/manifest.json || { echo 'Nothing to check yet: make run'; exit 1; }
	$(BIN)/python -m pytest tests/run_check.py

# The book for a stick: a zip to open without a network.
edition: $(TOOLS) book pdf epub slides run
	$(BIN)/python -m chipbook.publish.edition $(SITE)

# Seconds and bytes beside stock Jupyter Book, for bench/README.md. Nothing else should be busy.
bench: $(TOOLS) book
	$(BIN)/python bench/compare.py
	$(BIN)/python bench/growth.py

# Two builds from nothing on machines as unlike as can be, paper and all: the same to the byte.
repeat: $(TOOLS)
	$(BIN)/python tests/chromium.py
	$(BIN)/python bench/repeat.py --paper --strict

# The notebooks under every version that they promise to run on, with a table. Takes ten minutes.
matrix: $(TOOLS) book
	$(BIN)/python tests/matrix.py

data: $(TOOLS)
	$(BIN)/python -m chipbook.check

# As typed: make would take a dollar sign for a name.
override export VALUE := $(value VALUE)
override export REASON := $(value REASON)
override export NOTE := $(value NOTE)

# make correct ROW=facts/rev24 COLUMN=value VALUE=156 REASON="What the filing says"
correct: $(TOOLS)
	@$(BIN)/python -m chipbook.check correct -- "$(ROW)" "$(COLUMN)" "$$VALUE" "$$REASON"

# make release KIND=minor NOTE="A table of the data centres"
release: $(TOOLS)
	@$(BIN)/python -m chipbook.check release -- "$(KIND)" "$$NOTE"

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo pyproject.toml
	$(BIN)/codespell
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/zizmor --offline --no-progress --quiet .github

format: $(TOOLS)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The newest versions that pyproject.toml allows, for every platform, each file of them by its hash.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-annotate \
  --generate-hashes
lock: $(TOOLS)
	$(COMPILE) --upgrade --all-extras pyproject.toml -o requirements-dev.txt
	$(COMPILE) --extra book -c requirements-dev.txt pyproject.toml -o requirements.txt

clean:
	rm -rf _build .ruff_cache .hypothesis

# Installed once, and again only when what is to be installed has changed: what builds the book, and
# for the other commands the tools. uv does in seconds what takes pip minutes, and keeps what it
# downloads for the next time. Debian ships Python without ensurepip: there, the pip at hand fills an
# environment made without one. Nothing is installed whose hash the lock does not have, uv included,
# and the book's own package is put in place by the hatchling of the lock.
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
LOCKED := --require-hashes -r

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'The book needs Python 3.11 or newer; $(PYTHON) is' "$$($(PYTHON) --version 2>&1)." \
	  'Name another one: make book PYTHON=python3.12' >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) 2> /dev/null || { \
	  $(PYTHON) -m venv --clear --without-pip $(VENV) && \
	  $(PYTHON) -m pip --python $(BIN)/python install pip; }
	@sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.txt > $(VENV)/uv.txt
	$(BIN)/python -m pip install --quiet $(LOCKED) $(VENV)/uv.txt
	$(UV) $(LOCKED) requirements.txt
	$(UV) --no-deps --no-build-isolation -e .
	@touch $@

$(TOOLS): $(STAMP) requirements-dev.txt
	$(UV) $(LOCKED) requirements-dev.txt
	@touch $@
