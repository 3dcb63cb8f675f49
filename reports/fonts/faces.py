"""The fonts of reports. They ship as wheels, so that Chinese can be set on a machine that has no such font."""

from functools import cache
from importlib import resources

import typst

FONT_PACKAGES = ("cvttf_NotoSansCJK_Regular", "cvttf_NotoSansCJK_Bold")
# The wheels hold the Traditional Chinese flavour; its glyphs for Simplified Chinese are chosen by language.
HAN_FAMILY = "Noto Sans CJK TC"


@cache
def report_fonts() -> typst.Fonts:
    """Find the fonts once a process; the machine's own are left out, so that every machine sets alike."""
    folders = [str(resources.files(package)) for package in FONT_PACKAGES]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)
