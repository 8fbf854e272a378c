# `make` alone lists what there is. PYTHON=... chooses the Python that .venv is made with.
.DEFAULT_GOAL := help
.PHONY: help run test lint check-types floors bench figures package bench-package clean

VENV := .venv/bin
PYTEST_FLAGS ?= -n 2 --dist loadfile -q

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## prepare .venv and open the lab
	@sh packaging/setup.sh
	@$(VENV)/python -m courseai_lab $(ARGS)

test bench: export OMP_NUM_THREADS = 1

test: ## prepare .venv and run every check and test
	@sh packaging/setup.sh --extras test,dev
	@$(MAKE) --no-print-directory lint check-types floors
	@$(VENV)/python -m pytest $(PYTEST_FLAGS)

lint:
	@echo "ruff" && $(VENV)/ruff check --quiet . && $(VENV)/ruff format --quiet --check .

check-types:
	@echo "mypy" && $(VENV)/mypy --no-error-summary

floors:
	@mkdir -p build && echo "import rules" && $(VENV)/lint-imports --no-cache > build/floors.log 2>&1 || { cat build/floors.log; exit 1; }

bench: ## measure the lab beside its peers; a table, and build/bench.json
	@sh packaging/setup.sh --extras test,bench
	@$(VENV)/python -m tests.bench --json build/bench.json

figures: ## draw every panel and preset in every theme into build/figures
	@sh packaging/setup.sh
	@$(VENV)/python packaging/figures.py build/figures

package: ## build this system's installers into dist: see packaging/README.md
	@sh packaging/setup.sh --extras package
	@$(VENV)/python packaging/build.py $(ARGS)

bench-package: ## measure what `make package` built: sizes, and how soon the window and a panel stand
	@$(VENV)/python packaging/bench.py $(ARGS)

clean: ## remove what building and testing left; .venv stays
	@rm -rf build dist .import_linter_cache .hypothesis .ruff_cache *.egg-info
	@find courseai_lab tests packaging -name __pycache__ -type d -prune -exec rm -rf {} +
