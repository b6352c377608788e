"""One room for each system; here is their registry."""
from spade_anime.systems.attribute.system import AttributeRecipe
from spade_anime.systems.dcgan.system import DCGANRecipe
from spade_anime.systems.pix2pix.system import Pix2PixRecipe
from spade_anime.systems.spade.system import SpadeRecipe
from spade_anime.systems.stackgan.system import StackGANRecipe

RECIPES = {'spade': SpadeRecipe, 'dcgan': DCGANRecipe, 'pix2pix': Pix2PixRecipe, 'attribute': AttributeRecipe,
           'stackgan': StackGANRecipe}
