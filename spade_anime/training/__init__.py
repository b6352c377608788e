"""Updater, run loop and what happens during a run."""
