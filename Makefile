# Everything that wants a CUDA card, in one command: make gpu
# It needs python3 with CuPy, Chainer, pytest and, as peer and to count launches, PyTorch; what else is missing is said.
# A part that fails does not stop the next one. Parts: make gpu-tests gpu-sanitizers gpu-kernels gpu-steps
PYTHON ?= python3
STEPS ?=

.PHONY: gpu gpu-tests gpu-sanitizers gpu-kernels gpu-steps
gpu:
	@$(PYTHON) -c 'import spade_anime, cupy, cv2, matplotlib, numpy, PIL, pytest, tqdm'
	$(MAKE) -k gpu-tests gpu-sanitizers gpu-kernels gpu-steps

gpu-tests:
	$(PYTHON) -m pytest -q -m gpu tests

# memcheck sees an overrun only where each array is an allocation of its own, with a gap behind it.
gpu-sanitizers:
	@if command -v compute-sanitizer >/dev/null; then \
	    SPADE_ANIME_UNPOOLED=1 compute-sanitizer --tool memcheck --padding 512 --error-exitcode 1 \
	        $(PYTHON) -m pytest -q -m gpu tests/kernels && \
	    compute-sanitizer --tool racecheck --error-exitcode 1 $(PYTHON) -m pytest -q -m gpu tests/kernels; \
	else echo 'compute-sanitizer is not installed: memcheck and racecheck were not run.'; fi

gpu-kernels:
	$(PYTHON) kernels/benchmark.py --plot

# Options go in STEPS: make gpu-steps STEPS='--batch_size 1 --precision tf32'
gpu-steps:
	$(PYTHON) benchmarks/train_step.py $(STEPS)
