"""Attribute GAN: a list of attributes becomes a picture that has them."""
