"""What a report cites, in the authority's own writing: the law's Chinese name and the numbers of its articles."""

import re

from regulations.law_file import LoadedRule

_HAN = re.compile(r"[\u4e00-\u9fff]")
_NUMBER = re.compile(r"(?<![\d(-])\d+")


def citation_in_chinese(loaded: LoadedRule) -> str | None:
    """Cite a rule as its authority reads it; None for a law without a Chinese name.

    Paragraph and item are left out: the English form does not tell 款 from 项.
    """
    name = loaded.law.name.local or ""
    if not _HAN.search(name):
        return None
    cited = re.split(r";|\(since", loaded.rule.citation)[0]
    articles = _NUMBER.findall(cited) if cited.startswith("Art") else []
    return f"《{name}》" + "、".join(f"第{number}条" for number in articles)
