"""The reasons of triage in another language: the sentences are data, what stands before them is kept."""

import re
from functools import cache
from importlib import resources
from typing import Final

import yaml

PRESUMED: Final = ("Presumed: ", "推定：")
_SCORE: Final = re.compile(r"(?P<score>[a-z]+(?:\.[a-z]+)? = (?:unknown|[0-9.]+)): (?P<rest>.*)", re.DOTALL)


def in_chinese(because: str) -> str:
    """Give a reason in Simplified Chinese; a sentence of which no translation is known stays as it is."""
    scored = _SCORE.fullmatch(because)
    if scored:
        return f"{scored['score'].replace('unknown', '不明')}：{in_chinese(scored['rest'])}"
    if because.startswith(PRESUMED[0]):
        return PRESUMED[1] + in_chinese(because.removeprefix(PRESUMED[0]))
    return _sentences().get(because, because)


@cache
def _sentences() -> dict[str, str]:
    text = resources.files("regulations").joinpath("reasons_zh.yaml").read_text(encoding="utf-8")
    sentences: dict[str, str] = yaml.safe_load(text)
    return sentences
