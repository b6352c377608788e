"""Networks that a step reads and does not train."""
import contextlib
from collections.abc import Iterator

import chainer


@contextlib.contextmanager
def frozen(link: chainer.Link) -> Iterator[None]:
    """Compute no gradients of the link's parameters, but those of what passes through it.

    Chainer decides by ``requires_grad`` of a parameter and its node, which have no public setter.
    """
    holders = [holder for param in link.params() for holder in (param, param.node)]
    for holder in holders:
        holder._requires_grad = False
    try:
        yield
    finally:
        for holder in holders:
            holder._requires_grad = True
