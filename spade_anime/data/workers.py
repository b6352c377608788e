"""Worker processes that decode images."""
import functools
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

import cv2
from tqdm import tqdm

Item = TypeVar('Item')
Result = TypeVar('Result')


def mapped(work: Callable[[Item], Result], items: Sequence[Item], workers: int, title: str = '',
           patience: float = 0, chunk: int = 16) -> Iterator[Result]:
    """What ``work`` gives for each of the items, in their order.

    Args:
        work: is sent to the workers.
        items: are, too.
        workers: processes; fewer than 2 for this one.
        title: of a bar that shows how far it is; '' for none.
        patience: seconds until the bar appears; if there are any, then on a terminal alone.
        chunk: items that a worker is sent at once.
    """
    bar = functools.partial(tqdm, total=len(items), desc=title, unit='sample', delay=patience,
                            disable=not title or (None if patience else False))
    if workers < 2:
        yield from bar(map(work, items))
        return
    with ProcessPoolExecutor(workers, initializer=prepare_worker) as pool:
        yield from bar(pool.map(work, items, chunksize=chunk))


def prepare_worker() -> None:
    """Call this first in a process that decodes: it exits when the process that started it does, however that ends.

    One process decodes one image at a time: threads of OpenCV would only take cores from training, and they do
    not survive a fork.
    """
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A process that is killed cannot stop its workers, and they would wait for work for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
