"""Metrics on painted images."""
