"""The discriminator's step: real and painted images in one pass, but for what a penalty is on."""
import chainer
import numpy
import pytest

from spade_anime.conditions.label_color.condition import LabelColor
from spade_anime.systems.spade.system import SpadeSystem
from spade_anime.systems.system import TrainingData

SIZE = 32
DATA = TrainingData([], [], LabelColor(SIZE))


def objective_of(**changes):
    small = {'image_size': SIZE, 'ngf': 4, 'ndf': 4, 'spade_ch': 8, 'division_ch': 4, 'gp_interval': 2}
    system = SpadeSystem(SpadeSystem.Options(**small | changes))
    return system.objective(system.generator(DATA.condition), system.discriminator(DATA.condition), DATA)


def batch_of(random, size):
    return tuple(random.uniform(size=(size, channels, SIZE, SIZE)).astype('f') for channels in (3, 4, 3))


def watched(objective, monkeypatch):
    """Images of each pass of the discriminator, as they are given."""
    given, judge = [], objective.dis

    def watch(image, *condition):
        given.append(chainer.as_variable(image))
        return judge(image, *condition)
    monkeypatch.setattr(objective, 'dis', watch)
    return given


@pytest.mark.parametrize('mode, differentiated', [('real', [True, False]), ('fake', [False, True]),
                                                  ('real_fake', [True, True])])
def test_what_is_penalised_goes_alone_and_no_other_image_gets_a_gradient(random, monkeypatch, mode, differentiated):
    objective = objective_of(zero_gp_mode=mode)
    given = watched(objective, monkeypatch)
    for shapes, wanted in (([2, 2], differentiated), ([4], [False])):
        sum(objective.discriminator_terms(*batch_of(random, 2)).values()).backward()
        assert [len(image) for image in given] == shapes
        assert [image.requires_grad for image in given] == wanted
        assert [image.grad is not None for image in given] == wanted
        given.clear()


def test_oasis_judges_in_one_pass_as_well(random, monkeypatch):
    objective = objective_of(discriminator='oasis', labelmix_coef=1.0)
    given = watched(objective, monkeypatch)
    objective.dis.xp = numpy
    objective.discriminator_terms(*batch_of(random, 2))
    assert [len(image) for image in given] == [4, 2]


def test_one_pass_has_the_losses_and_gradients_of_two(random, monkeypatch):
    """Weights are not spectrally normalised here: two passes would take two steps of the power iteration."""
    objective = objective_of(conv_norm='original', gp_coef=0.0)
    two = objective_of(conv_norm='original', gp_coef=0.0)
    for name in ('gen', 'dis'):
        getattr(two, name).copyparams(getattr(objective, name))
    batch, painted = batch_of(random, 3), batch_of(random, 3)[0]
    monkeypatch.setattr(two, '_logits', lambda batches: [two.dis(*one)[0] for one in batches])
    found = []
    for each in (objective, two):
        monkeypatch.setattr(each, 'painted', lambda condition: painted)
        each.dis.cleargrads()
        terms = each.discriminator_terms(*batch)
        sum(terms.values()).backward()
        found.append(([term.array for term in terms.values()], [param.grad for param in each.dis.params()],
                      [link.avg_var for link in each.dis.links() if hasattr(link, 'avg_var')]))
    for arrays, expected in zip(*found):
        for array, other in zip(arrays, expected, strict=True):
            numpy.testing.assert_allclose(array, other, rtol=1e-4, atol=1e-6)


def test_a_kept_painting_may_be_of_a_batch_of_another_size(random):
    """After a resumed run has got another batch size."""
    objective = objective_of(reuse_fake=True, gp_coef=0.0)
    image, *condition = batch_of(random, 3)
    objective.kept.keep(image, tuple(condition))
    terms = objective.discriminator_terms(*batch_of(random, 2))
    assert all(numpy.isfinite(term.array) for term in terms.values())
