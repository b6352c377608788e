"""Optimizers, their schedules, and the running average of weights."""
