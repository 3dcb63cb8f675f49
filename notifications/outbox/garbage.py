"""Keeping Python's search for garbage away from what was there before a batch.

One full search looks through every module that was ever loaded: it takes as long as two thousand letters, and falls
into the first batch of each process.
"""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def only_new_garbage() -> Iterator[None]:
    """Search only through what is made in this block; afterwards through everything again."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
