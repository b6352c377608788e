"""Layers: parameters and their shapes."""
