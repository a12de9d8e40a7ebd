# make demo    train on the embedded pictures, export, build, and show the results (about ten minutes)
# make test    lint, type-check and test (under ten minutes on two cores)
# make test-slow   the long tests too
# make audit   licences that conflict, vulnerabilities that are known
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# What `import tinyml` offers, and what that is made of: held to mypy's strictest rules.
PUBLIC := tinyml/__init__.py tinyml/workflow tinyml/paths.py tinyml/errors.py tinyml/files.py tinyml/contracts tinyml/inference/predictions.py

.PHONY: demo test test-slow lint audit tools clean

$(READY): pyproject.toml constraints.txt
	@echo "make: installing into $(VENV) (a few minutes, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[train,dev,prune]'
	@touch $@

tools:
	@tools/install_debian.sh

demo: $(READY) tools
	@$(BIN)/python tools/demo.py

lint: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	@$(BIN)/mypy --strict --cache-dir .mypy_cache/strict $(PUBLIC)
	@git ls-files '*.c' '*.h' '*.cpp' | xargs $(BIN)/clang-format --dry-run --Werror

test: lint tools
	@$(BIN)/pytest -n 2

test-slow: lint tools
	@$(BIN)/pytest -n 2 -m 'slow or not slow'

audit: $(READY)
	@$(BIN)/python tools/licences.py >/dev/null && $(BIN)/python tools/audit.py

clean:
	rm -rf $(VENV) build runs firmware/.pio firmware/.pio-core firmware/generated
