PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: book pdf refresh spark test lock clean

book: .venv/book  ## build the site from the tables in git
	@$(BIN)/openrace build

pdf: book  ## print the brief, each chapter and the whole book into _build/pdf, by Chromium
	@$(BIN)/openrace pdf

refresh: .venv/book  ## ask the live sources, append what is new, and build; ONLY=hub,prices asks these
	@$(BIN)/openrace refresh --only "$$ONLY" --accept "$$ACCEPT"

spark: .venv/spark  ## install Spark for `openrace census --engine pyspark://`; it needs Java 17 or later

test: .venv/test  ## check the code, then run every test
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

.venv/book: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit("The Open Race needs Python 3.11 to 3.13; say which with: make book PYTHON=python3.12")'
	@echo "Installing the locked dependencies into .venv …"
	@$(PYTHON) -m venv .venv
	@$(INSTALL) --require-hashes -r requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/test: .venv/book requirements-test.txt
	@echo "Installing the locked test tools into .venv …"
	@$(INSTALL) --require-hashes -r requirements-test.txt
	@touch $@

.venv/spark: .venv/book requirements-spark.txt
	@echo "Installing the locked Spark into .venv …"
	@$(INSTALL) --require-hashes -r requirements-spark.txt
	@touch $@

lock: .venv/book  ## resolve the dependencies of pyproject.toml anew, for every Python supported
	$(INSTALL) uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" -o requirements.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" -c requirements.txt --extra test -o requirements-test.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" -c requirements.txt --extra spark -o requirements-spark.txt pyproject.toml

clean:
	rm -rf _build .venv
