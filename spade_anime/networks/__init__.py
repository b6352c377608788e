"""Generators and discriminators of each system."""
