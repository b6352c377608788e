"""Attributes and tags."""
