# Everything that wants a CUDA card, in one command: make gpu
.PHONY: gpu
gpu:
	python3 -m pytest -q -m gpu tests
	@if command -v compute-sanitizer >/dev/null; then \
	    compute-sanitizer --tool memcheck --error-exitcode 1 python3 -m pytest -q -m gpu tests/kernels && \
	    compute-sanitizer --tool racecheck --error-exitcode 1 python3 -m pytest -q -m gpu tests/kernels; \
	else echo 'compute-sanitizer is not installed: memcheck and racecheck were not run.'; fi
	python3 kernels/benchmark.py --plot
