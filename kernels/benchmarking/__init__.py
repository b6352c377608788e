"""What the kernel benchmark is made of."""
