# make setup     the environment in .venv (Python >= 3.10 and a network for the first time)
# make demo      measures a real cine and a phantom study with its truth, into build/demo
# make test      all tests but the long ones
# make coverage  the same tests, and how much of the library they run: not less than before
# make lint      ruff and mypy
# make fuzz      damaged files of every container, weights, surroundings, FUZZ_COUNT of them
#                (default 2000), and 10,000 damaged review documents and measurements each
# make validate  the long studies: accuracy, limits of the picture checks, pydicom 2.4, fine-tuning,
#                distilling, a real PACS (Orthanc), properties on twenty times as many, other examples
# make bench     speed, side by side with the published way, into Docs/performance.md; what a cohort costs
#                (NETWORKS=FOLDER: with networks that were trained, one checkpoint for each measurement)
# make bench-compare REV=...   an older revision beside the present one
# make bench-networks   trains networks of the published size for the bench (six minutes on a card)
# make packages  builds wheel and sdist into dist, installs each and measures with it
# make weights   trains the shipped phantom weights again (some hours)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup demo test coverage lint fuzz validate bench bench-compare bench-networks packages weights scripts clean

help:
	@sed -n 's/^# //p' Makefile

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt Testing/support/system_packages.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "EchoMeasure needs Python 3.10 or newer.")'
	$(PYTHON) -m venv $(VENV)
	@echo 'Installing into $(VENV), which takes some minutes. Of pip only errors are shown.'
	$(BIN)/pip install -qq --upgrade pip
	$(BIN)/pip install -qq --constraint constraints.txt --editable '.[slicer-test,lint]'
	bash Testing/support/system_packages.sh
	@touch $@

demo: $(STAMP)
	$(BIN)/python Testing/demo/demo.py build/demo

test coverage: export PYTHONDONTWRITEBYTECODE :=

test: $(STAMP)
	@# Bytecode is kept: hundreds of child processes would each compile the library anew.
	$(BIN)/python -m pytest -q --numprocesses=auto --maxprocesses=8 --dist=worksteal --ignore=Testing/web
	@# A page is one story from start to end: a file stays in one process.
	$(BIN)/python -m pytest -q --numprocesses=auto --maxprocesses=4 --dist=loadfile Testing/web

coverage: $(STAMP)
	$(BIN)/python -m pytest -q --cov --cov-fail-under=95

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

FUZZ_COUNT ?= 2000
FUZZ_FIRST ?= 1

fuzz: $(STAMP)
	$(BIN)/python Testing/support/fuzz.py --count $(FUZZ_COUNT) --first $(FUZZ_FIRST)
	$(BIN)/python Testing/support/fuzz.py --count 10000 --first $(FUZZ_FIRST) --only review
	$(BIN)/python Testing/support/fuzz.py --count 10000 --first $(FUZZ_FIRST) --only measurements

validate: $(STAMP)
	@bash Testing/support/system_packages.sh validate
	$(BIN)/python -m pytest -q -m slow --timeout=3600 --ignore=Testing/pacs
	bash Testing/support/off_the_network.sh $(BIN)/python -m pytest -q -m slow --timeout=3600 Testing/pacs
	ECHOMEASURE_TEST_EXAMPLES=20 $(BIN)/python -m pytest -q -m hypothesis --hypothesis-profile=default --timeout=3600
	$(BIN)/python Testing/support/check_pydicom_24.py
	$(BIN)/python Testing/support/check_dicom.py
	$(BIN)/python Testing/validation/validate.py
	$(BIN)/python Testing/validation/quality_limits.py

bench: $(STAMP)
	$(BIN)/python Testing/benchmarks/bench.py --page Docs/performance.md $(if $(NETWORKS),--networks $(NETWORKS))
	$(BIN)/python Testing/benchmarks/cohort_scale.py rows
	$(BIN)/python Testing/benchmarks/cohort_scale.py cost
	$(BIN)/python Testing/benchmarks/cohort_scale.py workers
	$(BIN)/python Testing/benchmarks/accepting.py
	$(BIN)/python Testing/benchmarks/page_speed.py

REV ?= HEAD~1

bench-compare: $(STAMP)
	$(BIN)/python Testing/benchmarks/compare.py $(REV)

bench-networks: $(STAMP)
	$(BIN)/python Testing/benchmarks/trained_networks.py --out build/bench-networks

packages: $(STAMP)
	$(BIN)/pip install --quiet --editable '.[release]'
	$(BIN)/python Testing/support/check_packages.py dist

weights: $(STAMP)
	$(BIN)/python -m EchoMeasureLib.training.recipe --out EchoMeasureLib/inference/phantom_weights

scripts: $(STAMP)
	$(BIN)/python Testing/support/list_scripts.py

clean:
	rm -rf build dist $(VENV) .venv-pydicom24 *.egg-info
