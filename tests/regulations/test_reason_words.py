"""Every reason that triage gives is told in Chinese, too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulations.reason_words import in_chinese

FOLDER = Path(__file__).parents[2] / "regulations"
MODULES = sorted(path for kind in ("risk", "high_risk", "severity") for path in FOLDER.glob(f"{kind}*.py"))


def sentences(path: Path) -> Iterator[str]:
    """Find the sentences a module may give as a reason: whole strings that end in a full stop, docstrings apart."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    apart = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    apart |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        said = node.value if isinstance(node, ast.Constant) and id(node) not in apart else None
        if isinstance(said, str) and said.endswith(".") and " " in said:
            yield said


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_reason_has_its_chinese_sentence(path: Path) -> None:
    assert [said for said in sentences(path) if in_chinese(said) == said] == []


def test_modules_give_reasons_at_all() -> None:
    assert len({said for path in MODULES for said in sentences(path)}) > 80


def test_score_and_presumption_stay_before_the_sentence() -> None:
    assert in_chinese("cb.integrity = 0: Nothing was altered.") == "cb.integrity = 0：没有被篡改。"
    assert in_chinese("dpc = unknown: The kinds of data are not known.") == "dpc = 不明：信息种类不明。"
    presumed = "Presumed: An intrusion or theft is taken to be meant, until shown otherwise."
    assert in_chinese(presumed) == "推定：入侵或盗窃在证明相反之前视为故意。"


def test_unknown_sentence_stays_as_it_is() -> None:
    assert in_chinese("Something new.") == "Something new."
