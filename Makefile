# `make help` lists what there is. Needs Python 3.11 or newer, git and make; the rest is fetched into .venv.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

VENV := .venv/bin
# What a person writes beside them is not ours to judge.
SOURCES := app benchmarks docs examples installer resources tests setup.py
# $(call step,WHAT) prints a heading.
step = printf '\n== %s\n' '$(1)'

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: environment
environment: ## Make or mend .venv (PYTHON=python3.12 chooses another interpreter)
	@PYTHON='$(PYTHON)' installer/environment.sh
	@installer/system_libraries.sh
	@mkdir -p typing && ln -sfn ../app typing/animaweave

.PHONY: demo
demo: environment ## Count the coins in a photograph: in the window, or without one where there is no display
	@if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ] || [ "$$(uname -s)" = Darwin ]; then \
	    $(call step,animaweave examples/coins.weave.json); \
	    $(VENV)/animaweave examples/coins.weave.json; \
	else \
	    $(call step,animaweave run examples/coins.weave.json --out out/coins); \
	    $(VENV)/animaweave run examples/coins.weave.json --out out/coins; \
	fi

.PHONY: screenshots
screenshots: environment ## Take the pictures in docs/screenshots of the real window; look at them before you commit them
	@if command -v xvfb-run >/dev/null; then \
	    QT_QPA_PLATFORM=xcb xvfb-run -a -s '-screen 0 1600x1000x24' $(VENV)/python docs/screenshots.py; \
	else \
	    printf 'screenshots: without xvfb-run (apt-get install xvfb), what floats over the window is left out\n'; \
	    QT_QPA_PLATFORM=offscreen $(VENV)/python docs/screenshots.py; \
	fi

.PHONY: keys
keys: environment ## docs/keys.md, of the actions that there are
	@QT_QPA_PLATFORM=offscreen $(VENV)/python -c 'from qtpy import QtWidgets; \
	    application = QtWidgets.QApplication([]); from animaweave.ui.keys import keys_page; \
	    open("docs/keys.md", "w", encoding="utf-8").write(keys_page())'

.PHONY: test
test: environment lint pytest ## Style, types, import contracts, tests, coverage

.PHONY: lint
lint: environment ## Style, types and import contracts
	@$(call step,style (ruff))
	@$(VENV)/ruff check $(SOURCES)
	@$(VENV)/ruff format --check $(SOURCES)
	@$(call step,types (mypy --strict))
	@$(VENV)/python -m mypy
	@$(call step,import contracts (import-linter))
	@$(VENV)/lint-imports --no-logo

.PHONY: pytest
pytest: environment ## Tests with coverage
	@$(call step,tests and coverage (pytest))
	@without=; $(VENV)/python -c 'import PySide6.QtWidgets' 2>/dev/null || { \
	    echo 'Qt cannot be loaded (see above): tests run without it.'; without='-p no:pytest-qt'; }; \
	$(VENV)/python -m pytest -n 2 --dist loadgroup --cov --cov-report= $$without && \
	$(VENV)/python -m coverage report --omit '*/ui/*' --fail-under 95 && \
	{ [ -n "$$without" ] || $(VENV)/python -m coverage report --include '*/ui/*' --fail-under 90; }

.PHONY: soak
soak: environment ## What takes long: a million epochs with failures, thousands of random graphs (SOAK_EPOCHS=… for fewer)
	@$(call step,streams with every kind of fault)
	@$(VENV)/python -m tests.soak.endurance $${SOAK_EPOCHS:-1000000}
	@$(call step,one stream with nodes that fail)
	@SOAK_EPOCHS=$${SOAK_EPOCHS:-1000000} $(VENV)/python -m pytest -s --no-cov tests/soak/test_epochs.py
	@$(call step,ten minutes of the editor (EDITOR_SECONDS=… for fewer))
	@if [ -n "$${DISPLAY:-}" ]; then run=''; else run='xvfb-run -a'; fi; \
	    QT_QPA_PLATFORM=xcb $$run $(VENV)/python -m tests.soak.editor $${EDITOR_SECONDS:-600}
	@$(call step,new random graphs)
	@JOURNAL_KILLS=200 $(VENV)/python -m pytest -n 2 --no-cov tests/ui/test_journal.py
	@$(VENV)/python -m pytest -n 2 --no-cov --hypothesis-profile soak tests/engine/test_random_graphs.py tests/faults/test_engine.py

.PHONY: format
format: environment ## Let ruff mend what it can
	@$(VENV)/ruff check --fix $(SOURCES)
	@$(VENV)/ruff format $(SOURCES)

.PHONY: bench
bench: environment ## Benchmarks, as tables
	@$(VENV)/python -m benchmarks

.PHONY: clean
clean: ## Remove what builds, tests and demos leave; .venv stays
	rm -rf build dist out htmlcov typing *.egg-info .coverage* .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
