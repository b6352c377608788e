"""One room for each system; here is their registry."""
from spade_anime.systems.attribute.system import AttributeSystem
from spade_anime.systems.dcgan.system import DCGANSystem
from spade_anime.systems.pix2pix.system import Pix2PixSystem
from spade_anime.systems.spade.system import SpadeSystem
from spade_anime.systems.stackgan.system import StackGANSystem

SYSTEMS = {'spade': SpadeSystem, 'dcgan': DCGANSystem, 'pix2pix': Pix2PixSystem, 'attribute': AttributeSystem,
           'stackgan': StackGANSystem}
