"""Where samples lie: every arrangement of folders that is read, and what is said of the others."""
import unicodedata

import numpy as np
import pytest

from spade_anime.conditions.label_color.dataset import open_dataset, split
from spade_anime.conditions.label_color.layout import list_samples
from spade_anime.data.checking import check_dataset
from spade_anime.data.errors import DataError
from spade_anime.files import following_links


@pytest.fixture
def lay(tmp_path, save, image_rgb, label_rgb, color_rgb):
    """Save pictures of the parts that folders' names tell, as 'images/a.png' or 'a strip.png'."""
    def save_all(*names):
        for name in names:
            parts = [part for part in ('label', 'colo', 'image') if part in name.lower()] or ['strip']
            picture = {'label': label_rgb, 'colo': color_rgb, 'image': image_rgb,
                       'strip': np.hstack([image_rgb, label_rgb])}[parts[0]]
            save(f'set/{name}', picture)
        return tmp_path / 'set'
    return save_all


def names(directory):
    dataset = open_dataset(directory, 16)
    check_dataset(dataset)
    return dataset.names


@pytest.mark.parametrize('image, label, color', [
    ('images', 'labels', 'colors'), ('Image', 'LABEL', 'colour'), ('images', 'label', 'colours')])
def test_folders_in_singular_and_plural(lay, image, label, color):
    directory = lay(f'{image}/7.png', f'{label}/7.png', f'{color}/7.png')
    (directory / '__MACOSX' / 'images').mkdir(parents=True)
    sample, = list_samples(directory).samples
    assert [path.parent.name for path in sample[1:]] == [image, label, color]


def test_two_folders_of_one_part_are_refused(lay):
    with pytest.raises(DataError, match='set: both label and labels are there; one folder of labels is allowed'):
        list_samples(lay('image/a.png', 'label/a.png', 'labels/a.png'))


@pytest.mark.parametrize('ending', ['jfif', 'tif', 'TIFF', 'gif', 'bmp', 'webp', 'JPeG'])
def test_names_of_every_format(lay, ending):
    assert names(lay(f'image/portrait.{ending}', 'label/portrait.png')) == ['portrait']


def test_names_in_either_normal_form_are_one(lay):
    composed, accents = (unicodedata.normalize(form, 'Zoë バ') for form in ('NFC', 'NFD'))
    assert composed != accents
    assert names(lay(f'image/{accents}.png', f'label/{composed}.png', f'color/{accents}.png')) == [composed]


@pytest.mark.parametrize('image, label', [
    ('p.1.png', 'p.1_mask.png'), ('k.jpg', 'k.jpg.png'), ('k_image.png', 'k-label.png'), ('x/k.png', 'x/k seg.gif')])
def test_names_with_what_tools_append(lay, image, label):
    assert len(names(lay(f'image/{image}', f'label/{label}'))) == 1


def test_the_plain_name_counts_first(lay):
    directory = lay('image/a.png', 'image/a_mask.png', 'label/a.png', 'label/a_mask.png')
    assert [sample.label.name for sample in list_samples(directory).samples] == ['a.png', 'a_mask.png']


def test_a_name_that_could_be_of_two_images_is_of_none(lay):
    listing = list_samples(lay('image/a.png', 'image/a.jpg.png', 'label/a_mask.png'))
    assert not listing.samples and len(listing.problems) == 3


def test_folders_in_folders(lay):
    assert names(lay('image/b/1.png', 'image/2.png', 'label/b/1.png', 'label/2.png')) == ['2', 'b/1']


def test_colours_that_are_missing_are_computed_and_one_line_says_so(lay, capsys, color_rgb):
    directory = lay('image/a.png', 'image/b.png', 'label/a.png', 'label/b.png', 'color/b.png')
    dataset = open_dataset(directory, 40)
    check_dataset(dataset)
    assert capsys.readouterr().out == (f"{directory}: 1 of 2 samples have no colour map; it is made of the "
                                       'colours of their images\n')
    assert dataset[1][2][1].max() == pytest.approx(0.2) and dataset[0][2][1].max() > 0.22


@pytest.mark.parametrize('held, files', [
    ('val', ('train/images/0.png', 'train/labels/0.png', 'val/images/1.png', 'val/labels/1.png')),
    ('Validation', ('images/train/0.png', 'labels/train/0.png', 'images/Validation/1.png', 'labels/Validation/1.png')),
    ('test', ('train/0 strip.png', 'train/1 strip.png', 'test/2 strip.png'))])
def test_a_divided_set_stays_divided(lay, held, files):
    dataset = open_dataset(lay(*files), 16)
    for seed in range(5):
        training, validation = split(dataset, seed=seed)
        assert {name.partition('/')[0] for name in training.names} == {'train'}
        assert {name.partition('/')[0] for name in validation.names} == {held}
    assert any('divided by its folders' in note for note in dataset.notes)


def test_beside_a_validation_part_a_test_part_is_left_out(lay):
    listing = list_samples(lay('train/a strip.png', 'val/b strip.png', 'test/c strip.png'))
    assert [sample.name for sample in listing.samples] == ['train/a strip.png', 'val/b strip.png']
    assert listing.held_out == {'val/b strip.png'} and '1 for testing are left out' in listing.notes[-1]


def test_a_training_part_alone_is_divided_by_chance(lay):
    assert not list_samples(lay('train/a strip.png', 'train/b strip.png')).held_out


def test_an_empty_validation_part_is_told(lay):
    directory = lay('train/a strip.png')
    (directory / 'val').mkdir()
    (directory / 'val' / 'b.heic').touch()
    with pytest.raises(DataError, match='set/val: no samples; .*; found files that are not read, 1 of .heic'):
        list_samples(directory)


def test_strips_beside_a_training_folder_count_and_a_line_says_so(lay):
    listing = list_samples(lay('a strip.png', 'train/b strip.png'))
    assert [sample.name for sample in listing.samples] == ['a strip.png']
    assert listing.notes == [f'{lay()}: left out is train/, as samples lie beside it']


@pytest.mark.parametrize('inner', [('deep/image/a.png', 'deep/label/a.png'), ('deep/a strip.png', ),
                                   ('deep/train/a strip.png', 'deep/val/b strip.png')])
def test_an_archive_that_was_unpacked_into_a_folder(lay, inner):
    directory = lay(*inner)
    (directory / '__MACOSX').mkdir()
    (directory / '.DS_Store').touch()
    (directory / 'readme.txt').touch()
    listing = list_samples(directory)
    assert listing.samples and listing.notes[0] == f'{directory}: its folder deep is the data set'


def test_several_sets_in_a_directory_are_named(lay):
    with pytest.raises(DataError, match='set: no samples, but its folders one/, two/ are data sets; name one of them'):
        list_samples(lay('one/image/a.png', 'one/label/a.png', 'two/image/a.png', 'two/label/a.png'))


def test_a_message_names_what_is_there(lay):
    directory = lay('image/a.png', 'image/b.png', 'masks/a.png')
    with pytest.raises(DataError, match='label: no such directory, nor .*labels; beside image/ there is masks/'):
        list_samples(directory)
    (directory / 'label').mkdir()
    (directory / 'label' / 'a.psd').touch()
    first, second = list_samples(directory).problems
    assert first.endswith(f'label/a.*; {directory}/label/a.psd is there, but .psd is not read (allowed are .png .jpg '
                          '.jpeg .jfif .bmp .webp .tif .tiff .gif .avif)')
    assert second.endswith('image/b.png: no counterpart ' + str(directory / 'label' / 'b.*'))


def test_folders_of_something_else_are_named(lay):
    directory = lay('pink/a strip.png', 'blue/b strip.png')
    (directory / 'notes.odt').touch()
    with pytest.raises(DataError, match='found the folders blue/, pink/ and files that are not read, 1 of .odt$'):
        list_samples(directory)


def test_links_out_of_a_set_are_followed_where_they_may(lay, tmp_path):
    target = lay('image/a.png', 'label/a.png')
    linked = tmp_path / 'linked'
    linked.mkdir()
    for part in ('image', 'label'):
        (linked / part).symlink_to(target / part)
    with pytest.raises(DataError, match='linked/image: a symbolic link that leads out .*--follow_links'):
        list_samples(linked)
    with following_links():
        assert names(linked) == ['a']
    with following_links(False), pytest.raises(DataError):
        list_samples(linked)


def test_links_within_a_set_are_followed(lay):
    directory = lay('pool image/x.png', 'image/b.png', 'label/a.png', 'label/b.png')
    (directory / 'image' / 'a.png').symlink_to('../pool image/x.png')
    assert names(directory) == ['a', 'b']


def test_folders_that_are_links(lay, tmp_path, save, image_rgb, label_rgb):
    """A loop of links ends, and a folder outside of the set is read only where it may be."""
    directory = lay('image/spring/a.png', 'label/spring/a.png')
    for part in ('image', 'label'):
        (directory / part / 'loop').symlink_to('.')
    assert names(directory) == ['spring/a']
    for part, pixels in (('image', image_rgb), ('label', label_rgb)):
        save(f'elsewhere/{part}/b.png', pixels)
        (directory / part / 'summer').symlink_to(tmp_path / 'elsewhere' / part)
    with pytest.raises(DataError, match='image/summer: a symbolic link that leads out .*--follow_links'):
        list_samples(directory)
    with following_links():
        assert names(directory) == ['spring/a', 'summer/b']
