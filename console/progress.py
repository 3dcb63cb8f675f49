"""A progress bar for long work; silent where nobody looks."""

import contextlib
import sys
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def bar(title: str, *, quiet: bool = False) -> Iterator[Callable[[int, float], None]]:
    """Give a function that takes (things done, share done 0 to 1) and draws it on standard error."""
    if quiet or not sys.stderr.isatty():
        yield lambda _done, _share: None
        return
    from rich.console import Console  # noqa: PLC0415 - half of them draw no bar
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn(title), BarColumn(), TextColumn("{task.fields[done]:,}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task(title, total=1.0, done=0)
        yield lambda done, share: drawn.update(task, completed=share, done=done)
