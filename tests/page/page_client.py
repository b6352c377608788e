"""What a page sends."""
import base64

import numpy as np

ADDRESS = 'http://127.0.0.1:7860'


def as_label(classes: np.ndarray) -> dict:
    """A label map as the page sends it."""
    return {'size': len(classes), 'classes': base64.b64encode(classes.astype(np.uint8).tobytes()).decode()}
