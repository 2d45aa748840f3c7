# The two commands of the README, and the ones developers use. Needs make, git and Python 3.11 or newer.

PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 3 / 2) # many tests wait for processes: half as many again as cores

.PHONY: demo test check bench replay clean

demo: .venv/installed ## set everything up and run the whole loop on this machine
	@$(BIN)/tagwright demo

test: .venv/tested check ## set everything up and pass the tests
	$(BIN)/pytest -n $(WORKERS)

check: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/tested ## measure: each benchmark prints ratios against a limit or a peer of the same run
	$(BIN)/python -m tests.bench

replay: .venv/tested ## replay recorded update commits: which come out byte for byte, and which of their places a scan finds
	$(BIN)/python -m tests.replay
	$(BIN)/python -m tests.replay.recall
	$(BIN)/python -m tests.replay.precision

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/python:
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/tested: .venv/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ .venv/installed
