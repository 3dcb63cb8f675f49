"""Made-up customers for the demonstration and drills, dirty rows among them.

Names are drawn from short lists; addresses lie in domains reserved for examples (RFC 2606). The same count
gives the same file.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ("customer_number", "name", "email", "phone", "place", "language", "relation", "data")
GIVEN = {
    "zh": ("伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "洋", "勇", "艳", "杰", "涛", "明", "超"),
    "en": (
        "Grace",
        "Omar",
        "Ruth",
        "Daniel",
        "Mei",
        "Arjun",
        "Nora",
        "Felix",
        "Lena",
        "Jonas",
        "Anke",
        "Ravi",
    ),
}
FAMILY = {
    "zh": ("王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙"),
    "en": (
        "Adler",
        "Brandt",
        "Castillo",
        "Dietrich",
        "Everett",
        "Fonseca",
        "Goh",
        "Haller",
        "Iyer",
        "O'Neill",
    ),
}


@dataclass(frozen=True)
class Market:
    """One place with its share of customers, language and number form (x is a random digit)."""

    place: str
    share: float
    language: str
    phone: str


MARKETS = (
    Market("CN-31", 0.52, "zh-Hans", "+86 138 xxxx xxxx"),
    Market("HK", 0.16, "zh-Hans", "+852 9xxx xxxx"),
    Market("DE", 0.14, "en", "+49 1511 xxxxxxx"),
    Market("US-NY", 0.10, "en", "+1 646 555 xxxx"),
    Market("SG", 0.08, "en", "+65 8xxx xxxx"),
)
DATA = ("name;contact;account_number", "name;contact;national_id", "name;contact;account_number;transactions")


def write_customers(path: Path, count: int) -> None:
    """Write a CSV (UTF-8) of `count` customers; every 50th or so row has a fault that real lists have."""
    draw = random.Random(20260303)  # noqa: S311 - made-up people, no secret
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_rows(draw, count))


def _rows(draw: random.Random, count: int) -> Iterator[list[str]]:
    last: list[str] | None = None
    for number in range(1, count + 1):
        row = _customer(draw, number)
        if last and number % 53 == 0:  # the same person again, with another kind of data
            row = [row[0], *last[1:7], "payment_card"]
        elif number % 41 == 0:
            row[2] = draw.choice(("", "n/a", "wang.at.mail.example", "two@@mail.example"))
        elif number % 97 == 0:
            row[3] = draw.choice(("123", "+86 1", "call me", "+999 5550 0000"))
        elif number % 331 == 0:
            row[2], row[3] = "", ""
        last = row
        yield row


def _customer(draw: random.Random, number: int) -> list[str]:
    market = draw.choices(MARKETS, [each.share for each in MARKETS])[0]
    script = "zh" if market.language.startswith("zh") else "en"
    given, family = draw.choice(GIVEN[script]), draw.choice(FAMILY[script])
    name = f"{family}{given}" if script == "zh" else f"{given} {family}"
    phone = "".join(str(draw.randrange(10)) if letter == "x" else letter for letter in market.phone)
    mail = f"customer.{number:05d}@{market.place.lower().partition('-')[0]}.mail.example"
    return [f"C{number:07d}", name, mail, phone, market.place, market.language, "customer", draw.choice(DATA)]
