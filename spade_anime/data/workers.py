"""Worker processes that decode images."""
import multiprocessing
import os
import threading

import cv2


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
