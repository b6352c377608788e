"""One file a system: its options, data, networks, objective and preview."""
from spade_anime.recipes.spade import SpadeRecipe

RECIPES = {'spade': SpadeRecipe}
