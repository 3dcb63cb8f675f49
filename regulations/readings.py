"""Make `law.readings`: what every text of the law reads as, once when Tocsin is set up or its wheel is built.

`python -m regulations.readings`, which `make setup` calls when a text has changed. Parsing YAML takes as long
as the answer to an incident; who has no such file, or has changed a text since, gets the text parsed.
"""

import marshal
from collections.abc import Iterable, Iterator
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

from regulations.loader import load_law
from regulations.plain_yaml import READINGS, digest_of, parse_plain, reader_stamp


def make_readings(texts: Iterable[str]) -> bytes:
    """Return the file's content for `texts`; raises InvalidInputError for one that is not readable."""
    kept = {digest_of(text): marshal.dumps(parse_plain(text, "law")) for text in texts}
    return reader_stamp() + marshal.dumps(kept)


def law_texts() -> Iterator[str]:
    """Give every text as its reader takes it: law files in their parts, all others whole."""
    for file in load_law().files:
        yield from file.texts
    package = files("regulations")
    yield package.joinpath("law", "terms.yaml").read_text("utf-8")
    yield package.joinpath("zones.yaml").read_text("utf-8")
    yield from _whole(package.joinpath("grading_tables"))


def _whole(folder: Traversable) -> Iterator[str]:
    return (entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def write_readings(folder: Path) -> Path:
    """Write the file into `folder`, whole or not at all."""
    unfinished = folder / f"{READINGS}.new"
    unfinished.write_bytes(make_readings(law_texts()))
    return unfinished.replace(folder / READINGS)


if __name__ == "__main__":
    with as_file(files("regulations")) as package_folder:
        write_readings(package_folder)
