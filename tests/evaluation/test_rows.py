import json

import numpy

from spade_anime.evaluation.rows import append_row, table


def test_rows_are_lines_of_json_whatever_the_numbers(tmp_path):
    path = tmp_path / 'metrics.jsonl'
    append_row(path, {'snapshot': 'a', 'trained': {'kid': 0.5, 'hair': float('nan'), 'x': numpy.float64('inf')}})
    append_row(path, {'snapshot': 'b'})
    rows = [json.loads(line, parse_constant=lambda name: 1 / 0) for line in path.read_text().splitlines()]
    assert rows == [{'snapshot': 'a', 'trained': {'kid': 0.5, 'hair': None, 'x': None}}, {'snapshot': 'b'}]


def test_a_line_that_was_cut_off_costs_no_other_row(tmp_path):
    path = tmp_path / 'metrics.jsonl'
    path.write_text('{"snapshot": "a"}\n{"snapsh')
    append_row(path, {'snapshot': 'b'})
    assert path.read_text().splitlines() == ['{"snapshot": "a"}', '{"snapsh', '{"snapshot": "b"}']


def test_table_has_a_line_a_score_and_a_dash_where_there_is_none():
    lines = table({'trained': {'hair': 12.3456, 'kid': 0.00123456}, 'real': {'hair': float('nan'), 'odd': 1.0}})
    assert [line.split() for line in lines.splitlines()] == [
        ['trained', 'real'], ['hair', '12.35', '-'], ['kid', '0.001235', '-'], ['odd', '-', '1']]
