# Two commands: `make book` builds it, `make test` checks it. The rest is for those who write it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
SITE := _build/html
PORT ?= 8000
SHELL := /bin/bash
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: book test serve live lab data correct release lint format lock clean

book: $(STAMP)
	$(BIN)/jupyter-book build -W -n --keep-going .
	@printf '\nThe book is at\n  %s\nTo read it in a browser as a site: make serve\n' "$(CURDIR)/$(SITE)/index.html"

# Quick tests first: a wrong number should not have to wait for a browser.
test: $(STAMP)
	@printf '\n== 1/4 a browser\n'
	$(BIN)/python tests/chromium.py
	@printf '\n== 2/4 data and package\n'
	$(BIN)/python -m pytest -m "not slow" -n 2
	@printf '\n== 3/4 the book\n'
	$(MAKE) --no-print-directory book
	@printf '\n== 4/4 chapters, notebooks and the built site\n'
	$(BIN)/python -m pytest -m slow -n 2 --dist worksteal

serve:
	@test -f $(SITE)/index.html || { echo 'Nothing built yet: make book'; exit 1; }
	@echo 'http://127.0.0.1:$(PORT)/ (Ctrl-C ends it)'
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory $(SITE) $(PORT)

# sphinx-autobuild wants a conf.py; it goes beside its own output, so the two builds never mix.
live: $(STAMP)
	@mkdir -p _build/live
	@$(BIN)/jupyter-book config sphinx . > /dev/null && mv conf.py _build/live/
	$(BIN)/sphinx-autobuild -c _build/live -d _build/live/.doctrees -n --port $(PORT) \
	  --ignore _build --ignore $(VENV) --ignore .git --re-ignore __pycache__ . _build/live/html

# MyST files open as notebooks, a setting of this environment alone.
lab: $(STAMP)
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@$(BIN)/jupytext-config --settings-file $(VENV)/share/jupyter/lab/settings/overrides.json \
	  set-default-viewer markdown myst > /dev/null
	$(BIN)/jupyter lab --notebook-dir . --LabApp.default_url=/lab/tree/chapters

data: $(STAMP)
	$(BIN)/python -m chipbook.check

# As typed: make would take a dollar sign for a name.
override export VALUE := $(value VALUE)
override export REASON := $(value REASON)
override export NOTE := $(value NOTE)

# make correct ROW=facts/rev24 COLUMN=value VALUE=156 REASON="What the filing says"
correct: $(STAMP)
	@$(BIN)/python -m chipbook.check correct -- "$(ROW)" "$(COLUMN)" "$$VALUE" "$$REASON"

# make release KIND=minor NOTE="A table of the data centres"
release: $(STAMP)
	@$(BIN)/python -m chipbook.check release -- "$(KIND)" "$$NOTE"

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache --no-logo pyproject.toml
	$(BIN)/codespell
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/zizmor --offline --no-progress --quiet .github

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The newest versions that pyproject.toml allows, for every platform.
lock: $(STAMP)
	echo '-e .[book,dev]' | $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	  --no-annotate - -o requirements.txt

clean:
	rm -rf _build .ruff_cache .hypothesis

# Installed once, and again only when what is to be installed has changed. Debian ships Python
# without ensurepip: there, the pip at hand fills an environment made without one.
$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'The book needs Python 3.11 or newer; $(PYTHON) is' "$$($(PYTHON) --version 2>&1)." \
	  'Name another one: make book PYTHON=python3.12' >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) 2> /dev/null || { \
	  $(PYTHON) -m venv --clear --without-pip $(VENV) && \
	  $(PYTHON) -m pip --python $(BIN)/python install pip; }
	$(BIN)/python -m pip install -r requirements.txt
	@touch $@
