"""One file a system: its options, data, networks, objective and preview."""
from spade_anime.recipes.pix2pix import Pix2PixRecipe
from spade_anime.recipes.spade import SpadeRecipe

RECIPES = {'spade': SpadeRecipe, 'pix2pix': Pix2PixRecipe}
