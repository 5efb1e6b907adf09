# The two commands of the README: `make demo` and `make test`. VENV names another environment.
# TORCH_INDEX names an index to take torch from first, such as that of builds for processors alone.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin

.PHONY: demo test oracle lint format clean

demo: $(VENV)/.demo
	$(BIN)/kbert demo --data sample_data/english --out demo_out --overwrite

test: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadfile

# PyKEEN, in an environment of its own, says again what tests/kbert/ranking/test_link_prediction.py expects.
oracle: $(VENV)-oracle/.done
	$(VENV)-oracle/bin/python tests/oracle/pykeen_ranks.py
	git diff --exit-code tests/oracle

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(if $(TORCH_INDEX),$(BIN)/pip install -q -c constraints.txt torch --index-url $(TORCH_INDEX))

$(VENV)/.demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install -q -c constraints.txt -e ".[demo]"
	touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install -q -c constraints.txt -e ".[test,demo]"
	touch $@

$(VENV)-oracle/.done: pyproject.toml constraints.txt tests/oracle/constraints.txt
	$(PYTHON) -m venv $(VENV)-oracle
	$(if $(TORCH_INDEX),$(VENV)-oracle/bin/pip install -q -c constraints.txt torch --index-url $(TORCH_INDEX))
	$(VENV)-oracle/bin/pip install -q -c constraints.txt -c tests/oracle/constraints.txt -e ".[oracle]"
	touch $@

clean:
	rm -rf $(VENV) $(VENV)-oracle demo_out
