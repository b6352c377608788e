"""Label-to-image DCGAN: a class becomes an image."""
