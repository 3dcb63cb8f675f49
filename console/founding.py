"""Making a home ready for work: keys, tables and the contact tree."""

from dataclasses import dataclass
from pathlib import Path

from console.reading import read_words
from models.home import init_home, open_home
from models.settings import Settings
from response.organisation import FILE_NAME, sample_text
from response.staff import StaffImport, import_staff


@dataclass(frozen=True)
class Founding:
    """What was made: whether the home is new, and what changed in the contact tree."""

    fresh: bool
    staff: StaffImport


def found_home(settings: Settings, organisation: Path | None = None) -> Founding:
    """Make the home, or bring an existing one up to date; without a file, the made-up sample bank moves in.

    Raises:
        InvalidInputError: the organisation file is wrong; nothing was stored.
        UnavailableError: the folder or the database can't be used.
    """
    kept = settings.home / FILE_NAME
    source = organisation or (kept if kept.exists() else None)
    text = read_words(source, "organisation file") if source else sample_text()
    fresh = init_home(settings)
    store = open_home(settings)
    try:
        staff = import_staff(store, text, str(source or "the sample organisation"), by="tocsin")
    finally:
        store.engine.dispose()
    kept.write_text(text, encoding="utf-8")
    return Founding(fresh, staff)
