"""One file a system: its options, data, networks, objective and preview."""
from spade_anime.recipes.attribute import AttributeRecipe
from spade_anime.recipes.dcgan import DCGANRecipe
from spade_anime.recipes.pix2pix import Pix2PixRecipe
from spade_anime.recipes.spade import SpadeRecipe
from spade_anime.recipes.stackgan import StackGANRecipe

RECIPES = {'spade': SpadeRecipe, 'dcgan': DCGANRecipe, 'pix2pix': Pix2PixRecipe, 'attribute': AttributeRecipe,
           'stackgan': StackGANRecipe}
