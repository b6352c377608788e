"""StackGAN: a text becomes an image, in two stages."""
