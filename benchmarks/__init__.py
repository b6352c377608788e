"""Timings of whole training steps: what is timed, in processes of their own, and what it could cost at least."""
