"""The networks of the perceptual loss by name."""

# Convolutions in each of the five groups; the last of a group is the feature map that is compared.
GROUPS = {'VGG16': (2, 2, 3, 3, 3), 'VGG19': (2, 2, 4, 4, 4)}
