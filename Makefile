# One name per thing people do; the work is in scripts/. `make demo` and `make test` need no other step.

.PHONY: help setup demo test check lint format evaluate benchmark clean

help:
	@echo "make demo       analyse a bundled conversation and show its report"
	@echo "make test       lint, types and all tests (installs what they need)"
	@echo "make check      lint, types and the fast tests"
	@echo "make setup      prepare .venv only"
	@echo "make lint       ruff and mypy;   make format   let ruff rewrite"
	@echo "make evaluate   hold the analysis against truth:  make evaluate ARGS='--truth DIR --only ami'"
	@echo "make benchmark  measure speed and memory:         make benchmark ARGS='startup'"
	@echo "make clean      remove what these made (.venv, .tools, caches, out/)"

setup:
	@scripts/setup

demo: setup
	@scripts/demo

test: setup
	@scripts/test $(ARGS)

check: setup
	@scripts/check

lint: setup
	@scripts/lint

format: setup
	@scripts/format

evaluate: setup
	@scripts/evaluate $(ARGS)

benchmark: setup
	@scripts/benchmark $(ARGS)

clean:
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache out dist
