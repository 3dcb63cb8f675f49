"""What the worker starts for a flow run: Prefect's engine, which ends with the worker instead of being left behind.

A run whose worker died goes on in a new process; two at once would only fight for the incident's lease.
"""

import ctypes
import os
import runpy
import signal
import sys

SET_PARENT_DEATH_SIGNAL = 1


def main() -> None:
    """Ask for SIGKILL when the worker dies (Linux), then run the flow run named in the environment."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL))
        if os.getppid() == 1:
            sys.exit(0)
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
