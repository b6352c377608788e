"""The design's rules that a machine can keep."""
import ast
import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for folder in ('kernels', 'spade_anime', 'benchmarks') for path in (ROOT / folder).rglob('*.py'))
LONGEST_FILE = 220
# By any other way than kernels/matmul a product of CuPy arrays is one by CuPy's cuBLAS, which a CUDA graph refuses.
PRODUCTS = {'matmul', 'dot', 'vdot', 'inner', 'tensordot', 'einsum', 'linear', 'bilinear', 'mean_squared_error',
            'convolution_2d', 'deconvolution_2d'}
MODULES = {'xp', 'F', 'functions', 'cupy', 'chainer.functions'}


def test_imports_run_one_way():
    from importlinter.cli import lint_imports
    assert lint_imports(config_filename=str(ROOT / 'pyproject.toml'), no_cache=True) == 0


@pytest.mark.parametrize('kind', ['systems', 'conditions'])
def test_rooms_of_a_kind_know_nothing_of_each_other(kind):
    """Found by their folders: a new room is held to it, and one that is deleted leaves no name behind."""
    import grimp
    graph = grimp.build_graph('spade_anime', cache_dir=None)
    rooms = [name for name in graph.find_children(f'spade_anime.{kind}') if graph.find_children(name)]
    if len(rooms) == 1:
        pytest.skip('one room knows nothing of others')
    assert rooms
    for importer, imported in itertools.permutations(rooms, 2):
        assert not graph.find_shortest_chains(importer, imported, as_packages=True)


def test_ruff_is_clean():
    command = [sys.executable, '-m', 'ruff', 'check', '--no-cache', str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


def test_types_are_right(tmp_path):
    pytest.importorskip('mypy', reason='mypy is not installed; the extra "test" brings it')
    command = [sys.executable, '-m', 'mypy', '--cache-dir', str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize('path', [path for path in SOURCES if ROOT / 'benchmarks' not in path.parents],
                         ids=lambda path: str(path.relative_to(ROOT)))
def test_public_functions_are_annotated(path):
    found = {f'line {function.lineno}: {function.name}': untyped(function)
             for function in public_functions(ast.parse(path.read_text()))}
    assert not {place: names for place, names in found.items() if names}


def public_functions(node):
    """Functions and methods that have, as the classes around them, no name with a leading underscore but dunders."""
    for child in ast.iter_child_nodes(node):
        name = getattr(child, 'name', None) or ''
        if name.startswith('_') and not name.endswith('__'):
            continue
        if isinstance(child, ast.FunctionDef):
            yield child
        else:
            yield from public_functions(child)


def untyped(function):
    """Names of arguments without a type, and 'return'; ``__init__`` has nothing to return."""
    given = function.args
    arguments = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
    names = [argument.arg for argument in arguments if argument and not argument.annotation]
    returns = function.returns or function.name == '__init__'
    return [name for name in names if name not in ('self', 'cls')] + ([] if returns else ['return'])


@pytest.mark.parametrize('path', [*SOURCES, *ROOT.glob('*.py')], ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_short(path):
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


def test_dependencies_are_named_in_setup_py_alone():
    for path in ROOT.glob('requirements*'):
        pytest.fail(f'{path.name} names dependencies a second time')
    table = re.search(r'\[project\](.*?)\n\[', (ROOT / 'pyproject.toml').read_text(), re.DOTALL)[1]
    assert 'dependencies' in re.search(r'dynamic = (.*)', table)[1]
    assert not re.search(r'^dependencies', table, re.MULTILINE)


@pytest.mark.parametrize('path', [path for path in SOURCES if path.parts[-2] != 'benchmarks'
                                  and not {'cpu', 'passes'} & {path.stem, path.parts[-2]}
                                  and path.name not in ('case.py', '_compat.py')],
                         ids=lambda path: str(path.relative_to(ROOT)))
def test_products_are_made_in_one_place(path):
    """Products by the operator, or by name from a module that may be CuPy's or Chainer's, are in kernels/matmul."""
    for node in ast.walk(ast.parse(path.read_text())):
        product = isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.MatMult)
        if isinstance(node, ast.Attribute) and node.attr in PRODUCTS:
            product = ast.unparse(node.value) in MODULES
        assert not product or path.parent == ROOT / 'kernels' / 'matmul', f'line {node.lineno}: {ast.unparse(node)}'
