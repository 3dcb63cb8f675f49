"""Run a command that ends when the process that started it ends, however that one ends.

`python -m console.guard PARENT COMMAND…` asks the kernel (Linux: PR_SET_PDEATHSIG) to send SIGTERM when the
parent dies, even by SIGKILL, and then becomes the command. Elsewhere it only becomes the command.
"""

import ctypes
import os
import signal
import sys

SET_PARENT_DEATH_SIGNAL = 1


def end_with_parent(parent: int, sign: signal.Signals) -> None:
    """Have this process receive `sign` when its parent dies; leave at once if that already happened."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, int(sign))
    if os.getppid() != parent:
        sys.exit(0)


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]), signal.SIGTERM)
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - the command comes from the supervisor, not from outside
