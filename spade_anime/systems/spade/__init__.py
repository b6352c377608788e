"""SPADE: a label map and a hair-colour map become a portrait."""
