"""Processes that decode images for another one."""
import multiprocessing
import os
import threading

import cv2


def prepare_worker() -> None:
    """To be called first in a process that decodes: it ends with the one that started it, however that ended.

    One process decodes one image at a time: threads of OpenCV under it would only take cores from the training, and do
    not survive a fork.
    """
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A process that was killed tells its workers nothing, and they would wait for work for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
