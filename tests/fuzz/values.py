"""Values for options: extreme, of the wrong kind, and such as nobody means."""
import dataclasses
import random

LONG = 'x' * 5000
WHOLE = ('', ' ', '-1', '0', '1', '2', '3', '-2147483648', '99999999999999999999', '9' * 400, '1e400', 'nan',
         'inf', '-inf',
         'x', '1.5', '0x10', '1e-9', '٣', '1,000', '\U0001f984', 'true', 'None', '--', '1\n2', LONG)
NUMBER = ('', '-1', '-0', '0', '1e-320', '0.5', 'nan', 'inf', '-inf', '1e400', '9' * 400, 'x', '1,5',
          '\U0001f984', '-1e-9',
          'true', '1e', LONG)
TRUTH = ('', 'true', 'no', '2', '-1', 'maybe', 'TRUE', 'nan', '\U0001f984', LONG)
TEXT = ('', ' ', 'x', '.', '..', '../..', '/', '/dev/null', '/dev/zero', '/proc/self/mem', '~', '*', 'a b',
        '\U0001f984',
        'u\u0308', '\x1b[2J', 'a\nb', 'a\0b', '\ud800', '%s', '{0}', '$(touch canary)', '-x', '#12ab34',
        LONG, 'x/' * 3000)
SHAPE = ('', ',', '3,32', '3,32,32', '-1,-1,-1', '3,1e9,1e9', 'a,b,c', '3,32,32,32', '(3,32,32)', '9' * 5000,
         '\U0001f984')
WORDS = ('', ',', 'x', 'x,x', 'glasses', 'glasses,glasses', 'smile,glasses', 'pink,blue', 'all', 'a b',
         '\x1b', '\U0001f984',
         'color', 'color,color', 'translation,cutout', ','.join(map(str, range(5000))), LONG)
KINDS = {bool: TRUTH, int: WHOLE, float: NUMBER, str: TEXT, tuple: SHAPE}

JSON = ('null', 'true', '-1', '0', '1', '1.5', '1e999', '-1e999', 'NaN', '9' * 400, '9' * 5000, '""', '"x"',
        '"\\ud800"',
        '"\\u0000"', '"a\\nb"', '[]', '[1]', '["x"]', '[null]', '[[1]]', '[1e999]', '{}', '{"a": 1}', '[' * 50_000,
        '["' + 'x' * 9999 + '"]', '4096', '2147483648', '"../../x"', '"/dev/zero"')
"""Values in options.json, as they are written there."""


def texts_for(field: dataclasses.Field, rng: random.Random, count: int) -> list[str]:
    """Some values for the flag of an option, drawn from those of its kind, of another kind, and its choices."""
    pool = WORDS if field.metadata['names'] else KINDS[type(field.default)]
    drawn = rng.sample(pool, min(count, len(pool)))
    drawn[-1] = rng.choice([*map(str, field.metadata['choices']), *drawn, *rng.choice(list(KINDS.values()))])
    return drawn
