"""StackGAN as a user runs it, both stages, on a dozen portraits, and its objective."""
import json
import pickle
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import chainer
import numpy
import pytest
from PIL import Image

import evaluate
import generate
import train
from spade_anime import finding, publish
from spade_anime.conditions.text import condition, embedding
from spade_anime.conditions.text.embedding import digest
from spade_anime.errors import InputError
from spade_anime.systems.stackgan.objective import OtherCaptions, StackGANObjective
from spade_anime.systems.stackgan.system import StackGANSystem
from spade_anime.systems.stored import settled

SMALL = ['--model', 'stackgan', '--use_cpu', '--preset', 'tiny', '--gf_dim', '4', '--df_dim', '2', '--batch_size', '2',
         '--workers', '0', '--max_iteration', '4', '--log_interval', '2', '--sample_interval', '4',
         '--snapshot_interval', '4', '--gp_interval', '2']
CAPTION = 'a person with long teal hair and bangs, smiling'


@pytest.fixture(scope='module')
def stage1(few, tmp_path_factory):
    """A finished Stage I of four iterations."""
    out_dir = tmp_path_factory.mktemp('stage1') / 'run'
    train.main([*SMALL, '--condition_dim', '8', '--z_dim', '4', '--image_size', '32', '--dataset_dir', str(few),
                '--out_dir', str(out_dir)])
    return out_dir


@pytest.fixture(scope='module')
def stage2(few, stage1, tmp_path_factory):
    """A finished Stage II of four iterations over it."""
    out_dir = tmp_path_factory.mktemp('stage2') / 'run'
    train.main([*SMALL, '--stage', '2', '--stage1_run', str(stage1), '--image_size', '64', '--residual_blocks', '1',
                '--dataset_dir', str(few), '--out_dir', str(out_dir)])
    return out_dir


@pytest.fixture(params=['stage1', 'stage2'])
def run(request):
    """Each of the two."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def no_encoder(monkeypatch):
    """Whoever embeds a text fails."""
    monkeypatch.setattr(embedding, 'embed', None)


def test_run_leaves_what_painting_needs(run):
    options = json.loads((run / 'options.json').read_text())
    assert 'text_dim' not in options and options['condition_dim'] == 8
    assert finding.find(run).condition.shapes == [(512,)]
    entry = json.loads((run / 'log.jsonl').read_text().splitlines()[-1])
    assert {'dis/real', 'dis/wrong', 'dis/fake', 'dis/penalty', 'gen/adversarial', 'gen/divergence'} <= set(entry)
    assert Image.open(run / 'samples' / 'iteration_00000004.png').size[0] > 5 * 132  # text, real, three paintings


def test_known_captions_need_no_encoder(run, elsewhere, no_encoder):
    arguments = ['--run', str(run), '--text', CAPTION, '--samples', '4']
    generate.main([*arguments, '--out', 'a.png'])
    generate.main([*arguments, '--out', 'b.png'])
    assert Path('a.png').read_bytes() == Path('b.png').read_bytes()


def test_strip_from_one_text_to_another(run, elsewhere):
    generate.main(['--run', str(run), '--text', CAPTION, '--to', 'a girl with silver hair', '--steps', '3', '--out',
                   'strip.png'])
    assert Image.open('strip.png').size == (3 * 132 - 4, 16 + 128)


def test_strip_starts_and_ends_with_its_texts(stage1):
    condition = finding.find(stage1).condition
    texts = [list(condition.texts.known)[i] for i in (0, 1)]
    named = condition.asked({'text': texts[0], 'to': texts[1], 'steps': 3}).named
    ends = [condition.texts.vector_of(text) for text in texts]
    assert [name for name, _ in named] == ['0%', '50%', '100%']
    for (_, (vector,)), expected in zip(named, (ends[0], (ends[0] + ends[1]) / 2, ends[1])):
        numpy.testing.assert_allclose(vector, expected, atol=1e-5)


def test_evaluation_embeds_nothing_anew(run, no_encoder, capsys):
    evaluate.main(['--run', str(run), '--draws', '6'])
    scores = json.loads((run / 'metrics.jsonl').read_text().splitlines()[-1])
    assert scores['samples'] == 6 and set(scores['trained']) == {'hair_obeyed', 'mean_color_error', 'diversity_pixels'}
    assert scores['real'] == {'hair_obeyed': 1, 'mean_color_error': 0}


def test_a_new_run_reads_texts_as_the_networks_that_it_starts_from(few, stage1, tmp_path, no_encoder):
    metadata = [json.loads(line) for line in (few / 'metadata.jsonl').read_text().splitlines()]
    fewer = [line for line in metadata if 'pink' not in line['caption']]
    assert 2 < len(fewer) < len(metadata)
    shutil.copytree(few, tmp_path / 'data')
    (tmp_path / 'data' / 'metadata.jsonl').write_text(''.join(json.dumps(line) + '\n' for line in fewer))
    train.main(['--init_run', str(stage1), '--dataset_dir', str(tmp_path / 'data'), '--out_dir', str(tmp_path / 'run'),
                '--use_cpu', '--workers', '0', '--batch_size', '2', '--max_iteration', '1'])
    texts, expected = (finding.find(place).condition.texts for place in (tmp_path / 'run', stage1))
    assert (texts.vector_of(CAPTION) == expected.vector_of(CAPTION)).all()


def test_a_copy_to_give_away_knows_the_first_texts(stage1, tmp_path, monkeypatch):
    monkeypatch.setattr(condition, 'MOST_GIVEN_AWAY', 3)
    publish.main(['--run', str(stage1), '--out', str(tmp_path / 'copy')])
    texts = [finding.find(place).condition.texts for place in (stage1, tmp_path / 'copy')]
    assert list(texts[1].known) == list(texts[0].known)[:3] and len(texts[0].known) > 3
    with numpy.load(tmp_path / 'copy' / 'gen.npz') as arrays:
        assert [len(array) for name, array in arrays.items() if name.endswith('embeddings')] == [3]


def test_stage_two_has_stage_one_as_it_was(stage1, stage2):
    with numpy.load(stage1 / 'snapshots' / 'gen_average_00000004.npz') as first, \
            numpy.load(stage2 / 'snapshots' / 'gen_average_00000004.npz') as second:
        weights = [name for name in first.files
                   if first[name].dtype.kind != 'U' and not name.startswith(('condition/', 'encoder/'))]
        for name in weights:
            numpy.testing.assert_allclose(second[f'stage1/{name}'], first[name], rtol=1e-6, err_msg=name)
        assert json.loads((stage2 / 'options.json').read_text())['stage1_size'] == 32


def test_stage_two_paints_without_the_run_of_stage_one(stage2, elsewhere):
    values = json.loads((stage2 / 'options.json').read_text())
    for name in ('snapshots', 'text.npz'):
        (elsewhere / name).symlink_to(stage2 / name)
    (elsewhere / 'options.json').write_text(json.dumps(values | {'stage1_run': 'gone'}))
    generate.main(['--run', str(elsewhere), '--text', CAPTION])
    assert Image.open('painted.png').size == (64, 64)


def test_presets_are_the_published_numbers(stage1):
    first, second = (settled(StackGANSystem, given, 'reference') for given in (
        {}, {'stage': 2, 'stage1_run': str(stage1)}))
    assert (first.image_size, first.batch_size, first.lr_halve_epochs, first.max_epoch) == (64, 64, 50, 600)
    assert (second.image_size, second.batch_size, second.lr_halve_epochs, second.max_epoch) == (256, 40, 100, 600)
    assert (first.g_lr, first.d_lr, first.g_beta1, first.kl_coef, first.z_dim, first.condition_dim) == (
        2e-4, 2e-4, 0.5, 2, 100, 128)
    assert second.stage1_size == 32 and second.z_dim == 4
    coco = settled(StackGANSystem, {'stage': 2, 'stage1_run': str(stage1)}, 'coco')
    assert (coco.gf_dim, coco.df_dim, coco.residual_blocks) == (192, 96, 2)


@pytest.mark.parametrize('added, message', [
    (['--stage', '2'], '--stage 2 needs --stage1_run'),
    (['--stage1_run', 'x'], '--stage1_run .*x contradicts --stage 1'),
    (['--stage', '2', '--stage1_run', 'STAGE1', '--reconstruction_coef', '1'], '--reconstruction_coef 1: .*only 0'),
    (['--stage', '2', '--stage1_run', 'STAGE1', '--feature_coef', '1'], '--feature_coef 1: .*only 0'),
    (['--stage', '2', '--stage1_run', 'none'], '--stage1_run none: no run there'),
    (['--stage', '2', '--stage1_run', 'STAGE2'], 'no run of --model stackgan --stage 1'),
    (['--stage', '2', '--stage1_run', 'STAGE1', '--stage1_size', '64'],
     '--stage1_size 64: the run .* image_size 32; only 32'),
    (['--stage', '2', '--stage1_run', 'STAGE1', '--z_dim', '5'], '--z_dim 5: the run .* z_dim 4; only 4'),
    (['--stage', '2', '--stage1_run', 'STAGE1', '--image_size', '8'], '--image_size 8: .*more than 8'),
    (['--image_size', '96'], '--image_size 96 is not 4 doubled'),
    (['--gf_dim', '6'], '--gf_dim 6: only multiples of 4'),
    (['--embeddings_dir', 'none'], '--embeddings_dir .*none: no char-CNN-RNN'),
])
def test_training_mistakes_are_told_in_one_line(few, stage1, stage2, tmp_path, added, message):
    added = [{'STAGE1': str(stage1), 'STAGE2': str(stage2)}.get(word, word) for word in added]
    with pytest.raises(InputError, match=message) as error:
        train.main([*SMALL, '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'run'), *added])
    assert '\n' not in str(error.value) and not (tmp_path / 'run').exists()


def test_painting_mistakes_are_told_in_one_line(stage1, elsewhere):
    for added, message in ((), '--text is missing'), (('--text', 'x' * 3000), 'text of 1 to 2000 characters'):
        with pytest.raises(InputError, match=message) as error:
            generate.main(['--run', str(stage1), *added])
        assert '\n' not in str(error.value)


def test_captions_that_are_all_the_same(few, tmp_path, measured):
    rows = [{'file_name': str(path.name), 'caption': 'hair'} for path in few.glob('*.png')]
    for path in few.glob('*.png'):
        shutil.copy(path, tmp_path)
    (tmp_path / 'metadata.jsonl').write_text('\n'.join(map(json.dumps, rows)))
    with pytest.raises(InputError, match='all 11 captions for training are the same'):
        train.main([*SMALL, '--dataset_dir', str(tmp_path), '--dry_run'])


def test_published_embeddings_train_and_paint(few, tmp_path, elsewhere, no_encoder, random):
    names = [path.stem for path in sorted(few.glob('*.png'))]
    files = {'char-CNN-RNN-embeddings': [random.standard_normal((3, 16)).astype('f4') for _ in names],
             'filenames': names, 'class_info': [i % 3 for i in range(len(names))]}
    pickles = tmp_path / 'train'
    pickles.mkdir()
    for name, value in files.items():
        (pickles / f'{name}.pickle').write_bytes(pickle.dumps(value, 2))
    train.main([*SMALL, '--image_size', '32', '--dataset_dir', str(few), '--embeddings_dir', str(pickles),
                '--out_dir', 'run'])
    generate.main(['--run', 'run', '--text', f'{names[0]} 1'])
    evaluate.main(['--run', 'run', '--draws', '5'])
    scores = json.loads(Path('run/metrics.jsonl').read_text())
    assert set(scores['trained']) == {'mean_color_error', 'diversity_pixels'}
    with pytest.raises(InputError, match='published embeddings'):
        generate.main(['--run', 'run', '--text', 'a girl'])


def test_wrong_captions_are_of_another_text_and_another_group():
    numpy.random.seed(0)
    vectors = [numpy.array(rows, numpy.float32)[:, None] for rows in ([1, 2], [2, 3], [4], [5, 1])]
    wrong = OtherCaptions(vectors, ['a', 'b', 'b', 'c'])
    allowed = {1: {3, 4}, 2: {5}, 3: {1, 5}, 4: {1, 5}, 5: {2, 3, 4}}
    for value, values in allowed.items():
        found = wrong(numpy.full((50, 1), value, numpy.float32))
        assert found.shape == (50, 1) and set(found.ravel()) == values


def test_wrong_captions_where_every_group_has_the_same_texts():
    wrong = OtherCaptions([numpy.array([[1], [2]], numpy.float32)] * 2, ['a', 'b'])
    assert set(wrong(numpy.full((20, 1), 1, numpy.float32)).ravel()) == {2}


def test_digests_tell_vectors_apart(random):
    first = random.standard_normal(512).astype(numpy.float32)
    assert digest(first) == digest(first.copy()) != digest(first + 1e-3)


class TwoNumbers(chainer.Chain):
    """Generator whose image is its embedding, and discriminator that adds what it is given."""

    def augmentation(self, embedding):
        return chainer.Variable(2 * embedding), chainer.Variable(embedding * 0 + numpy.float32(numpy.log(4)))

    def forward(self, embedding):
        return chainer.Variable(embedding.reshape(-1, 1, 1, 1))


class Adder(chainer.Chain):
    def features(self, image):
        return chainer.as_variable(image)

    def logits(self, features, mu):
        assert isinstance(mu, numpy.ndarray)  # no graph leads into the generator
        return features + mu.reshape(-1, 1, 1, 1)

    def forward(self, image, mu):
        return self.logits(self.features(image), mu), []


def test_objective_by_hand():
    """Image 3, embedding 1 (mean 2, variance 4), wrong embedding -1 (mean -2), painted image 1; mean squares."""
    options = SimpleNamespace(adv_loss_mode='mse', gp_coef=0, gp_interval=1, kl_coef=2.0, n_dpg=1)
    objective = StackGANObjective(TwoNumbers(), Adder(), options, lambda embedding: -embedding)
    image, told = numpy.full((2, 1, 1, 1), 3, numpy.float32), numpy.ones((2, 1), numpy.float32)
    terms = {name: float(term.array) for name, term in objective.discriminator_terms(image, told).items()}
    assert terms == pytest.approx({'real': (3 + 2 - 1) ** 2, 'wrong': (3 - 2) ** 2 / 2, 'fake': (1 + 2) ** 2 / 2})
    terms = {name: float(term.array) for name, term in objective.generator_terms(image, told).items()}
    assert terms == pytest.approx({'adversarial': (1 + 2 - 1) ** 2,
                                   'divergence': 2 * (2 ** 2 + 4 - 1 - numpy.log(4)) / 2})


def test_suggestion_paints(stage1, elsewhere):
    words = re.findall(r'"[^"]*"|\S+', finding.find(stage1).condition.suggestion)
    generate.main(['--run', str(stage1), *(word.strip('"') for word in words)])
    assert Path('painted.png').exists()
