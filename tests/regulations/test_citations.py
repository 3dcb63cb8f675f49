"""Laws are cited to Chinese authorities by their Chinese names."""

import pytest

from regulations.citations import citation_in_chinese
from regulations.loader import load_law


@pytest.mark.parametrize(
    ("rule", "cited"),
    [
        ("cn-pipl-57-regulator", "《个人信息保护法》第57条"),
        ("cn-cii-regs-18", "《关键信息基础设施安全保护条例》第18条"),
        ("cn-cbrc2008-35-60min", "《银行业重要信息系统突发事件应急管理规范（试行）》第34条、第35条"),
        ("cn-pboc4-full", "《中国人民银行业务领域网络安全事件报告管理办法（令〔2025〕第4号）》"),
        ("eu-gdpr-33-authority", None),
    ],
)
def test_law_is_cited_by_its_chinese_name_and_articles(rule: str, cited: str | None) -> None:
    assert citation_in_chinese(load_law().versions(rule)[-1]) == cited


def test_every_law_of_china_has_a_chinese_citation() -> None:
    chinese = [loaded for loaded in load_law().rules if loaded.rule.place.startswith("CN")]
    assert len(chinese) > 40
    assert [loaded.rule.id for loaded in chinese if citation_in_chinese(loaded) is None] == []
