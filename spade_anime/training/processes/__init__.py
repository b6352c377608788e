"""Processes that train together as one."""
