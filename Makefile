# Two commands for a fresh clone: `make course` and `make test`. Both make .venv first.

PYTHON  ?= python3
PROFILE ?= quick
VENV    := .venv
BIN     := $(VENV)/bin
EXTRAS  := train,course,export,track,analysis,browser,ray,rivals,docs,dev
# What the shipped weights were trained on first; `svhn data street` renders all ingredients unless told.
# This is how they are trained anew: the file in svhn_lib/weights says exactly how they came about.
RENDERER_3 := fonts,proportions,poses,materials,surroundings,optics,boxes
WHEELS  := bare train course
STAMP   := $(VENV)/.installed

# All but what others import, and what needs labelled pictures of one's own.
BENCHMARKS := $(filter-out %/plain.py %/streets.py %/ingredients.py %/realism.py \
    %/rivals.py %/rivals_whole.py %/calibration.py %/own_pictures.py,$(wildcard benchmarks/*.py))

.DEFAULT_GOAL := help
.PHONY: help venv course page test chapters lab lint docs coverage mutants wheels notebooks weights joint bench

help:           ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(STAMP)  ## make .venv with everything in it; costs nothing when it is up to date

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "This needs Python 3.11 or newer: say which, as in make venv PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	    { echo "Python could not make $(VENV) (on Debian: apt install python3-venv)" >&2; rm -rf $(VENV); exit 1; }
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[$(EXTRAS)]"
	@mkdir -p $(VENV)/etc/jupyter && ln -sf "$(CURDIR)/jupyter_nbconvert_config.py" $(VENV)/etc/jupyter/
	@touch $@

course: venv    ## run every notebook into build/course/*.html, with an index and a table of times
	$(BIN)/svhn course --profile $(PROFILE) --out build/course

page: venv      ## a page that reads photos in the browser, into build/course/reader; the index links to it
	rm -rf build/course/reader
	$(BIN)/svhn page build/course/reader
	test ! -f build/course/times.json || $(BIN)/svhn course index build/course

test: venv      ## run all tests but those of the chapters that train longest
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not long"

chapters: venv  ## test the chapters that train longest, and the solutions of their exercises
	$(BIN)/python -m pytest -n 2 --dist worksteal -m long

lab: venv       ## open the notebooks in JupyterLab
	OMP_WAIT_POLICY=PASSIVE $(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks

lint: venv      ## check style, types and the notebooks as files
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/svhn course check $(wildcard notebooks/*.ipynb)

docs: venv      ## build the guides and the API reference into build/docs/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

coverage: venv  ## run all tests but those in notebooks and browsers, and say which lines none of them ran
	$(BIN)/python -m pytest -n 2 --dist worksteal --ignore tests/notebooks --ignore tests/browser \
	    --cov --cov-report term --cov-report html:build/coverage

mutants: venv   ## change the core line by line and see whether a test fails (half an hour)
	$(BIN)/python -m pip install --quiet -c constraints.txt "mutmut>=3.8"
	OMP_NUM_THREADS=1 $(BIN)/mutmut run && $(BIN)/mutmut results

wheels: venv    ## build wheel and sdist, check both, and try each extra in an environment of its own
	rm -rf build/wheels
	$(BIN)/python -m build --outdir build/wheels
	$(BIN)/twine check --strict build/wheels/*
	set -e; for extra in $(WHEELS); do $(BIN)/python tests/try_wheel.py build/wheels "$$extra"; done

notebooks: venv ## run every notebook and store its outputs in place, as they are committed
	$(BIN)/svhn course execute --profile $(PROFILE) $(wildcard notebooks/*.ipynb)

weights: venv   ## train the weights that come with the library anew (hours without a GPU)
	$(BIN)/svhn data street data/shipped/streets --train 180000 --test 4000 --extra 60000 --seed 2 \
	    --ingredients $(RENDERER_3)
	$(BIN)/svhn data street data/more/streets --train 75000 --test 4000 --extra 25000 --seed 4 \
	    --ingredients $(RENDERER_3)
	set -e; for part in train extra; do \
	    $(BIN)/svhn data prepare data/shipped/streets/$$part data/shipped/$$part.h5 \
	        --size 80 --margin 0.625; \
	    $(BIN)/svhn data prepare data/more/streets/$$part data/more/$$part.h5 \
	        --size 80 --margin 0.625; \
	done
	$(BIN)/svhn data prepare data/shipped/streets/test data/shipped/test.h5
	$(BIN)/svhn data prepare data/more/streets/test data/more/test.h5
	$(BIN)/svhn train --data data/shipped/train.h5 --data data/shipped/extra.h5 \
	    --val data/shipped/test.h5 --epochs 20 --seed 2 --out runs/shipped
	$(BIN)/svhn train --data data/shipped/train.h5 --data data/shipped/extra.h5 \
	    --val data/shipped/test.h5 --weights runs/shipped/best.safetensors --batch 1024 \
	    --learning-rate 1.5e-3 --steps 3200 --evaluate-every 800 --log-every 400 --seed 3 \
	    --out runs/further
	$(BIN)/svhn train --data data/more/train.h5 --data data/more/extra.h5 \
	    --val data/more/test.h5 --weights runs/further/best.safetensors --blend 0.3 \
	    --learning-rate 1e-3 --steps 4000 --evaluate-every 400 --seed 4 --out runs/more
	$(BIN)/svhn data street data/loose/three --train 44000 --test 0 --seed 11 \
	    --ingredients $(RENDERER_3)
	$(BIN)/svhn data street data/loose/long --train 0 --test 0 --extra 14000 --seed 15 \
	    --ingredients $(RENDERER_3)
	$(BIN)/svhn data street data/loose/stacked --train 0 --test 0 --extra 12000 --seed 14 --stacked 1
	$(BIN)/svhn data street data/loose/four --train 80000 --test 2000 --extra 24000 --seed 12
	set -e; for set in three/train long/extra stacked/extra four/train four/extra; do \
	    $(BIN)/svhn data prepare data/loose/$$set data/loose/$$(dirname $$set)-$$(basename $$set).h5 \
	        --size 96 --margin 1; \
	done
	$(BIN)/svhn data prepare data/loose/four/test data/loose/test.h5 --crop clipped --margin 0.2
	set -e; loose="--data data/loose/three-train.h5 --data data/loose/long-extra.h5 \
	    --data data/loose/stacked-extra.h5 --data data/loose/four-train.h5 \
	    --data data/loose/four-extra.h5 --val data/loose/test.h5"; \
	    $(BIN)/svhn train $$loose --weights runs/more/best.safetensors --blend 0.35 \
	        --hard-views --learning-rate 1.5e-3 --steps 6800 --evaluate-every 680 --seed 5 --out runs/loose
	cp runs/loose/best.safetensors svhn_lib/weights/compact.safetensors
	@# The shipped localiser learned in ten runs on growing sets: docs/results.md.
	$(BIN)/svhn data scenes data/shipped/scenes --train 24000 --test 400 --seed 5 --stacked 0.15
	$(BIN)/svhn train --model localiser --data data/shipped/scenes/train \
	    --val data/shipped/scenes/test --steps 48000 --evaluate-every 12000 --seed 7 \
	    --out runs/localiser
	cp runs/localiser/best.safetensors svhn_lib/weights/localiser.safetensors
	$(BIN)/svhn export compact svhn_lib/weights/compact.onnx --int8
	$(BIN)/svhn export localiser svhn_lib/weights/localiser.onnx

joint: venv     ## train the net that finds and reads handwritten numbers (half an hour; MNIST where it is)
	$(BIN)/svhn data canvases data/canvases --train 100000 --test 10000 --varied 4
	$(BIN)/svhn train --model joint --data data/canvases/train.h5 \
	    --val data/canvases/validation.h5 --epochs 6 --evaluate-every 250 --out runs/joint
	$(BIN)/svhn evaluate data/canvases/test.h5 --model runs/joint/best.safetensors

bench: venv     ## run the benchmarks that need nothing, one after another (hours)
	set -e; for script in $(BENCHMARKS); do echo "== $$script"; $(BIN)/python $$script; done
