"""Texts and their embeddings."""
