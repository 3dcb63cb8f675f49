"""Files of made-up people for the benchmarks, each size always the same: nobody in them exists."""

import random
from collections.abc import Iterator
from pathlib import Path

HEADER = "customer_id,name,email,phone,place,categories\n"
DOUBLES, BAD_MAIL, HARD_NUMBERS = 0.05, 0.01, 0.08
GIVEN = ("Anna", "Ben", "Chen", "Deniz", "Elif", "Farid", "Grete", "Hana", "Igor", "Jing", "José", "Zoë")
SURNAMES = ("Abel", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Huang", "Ito", "Jansen")
KINDS = ("name;contact", "name;contact;payment_card", "name;national_id", "name;contact;credentials")
# Plain mobiles of plans with a calling code to themselves, as people of the place write them.
PLAIN = (
    ("CN", "13{:09d}"),
    ("DE", "0151{:08d}"),
    ("SG", "9{:07d}"),
    ("FR", "06{:08d}"),
    ("IN", "9{:09d}"),
    ("ES", "6{:08d}"),
)
# No pattern of one plan tells mobiles from landlines there: these need the whole library.
HARD = (("US", "(212) 5{:02d}-{:04d}"), ("CA", "416-5{:02d}-{:04d}"), ("MX", "55 4{:03d} {:04d}"))
BROKEN = ("{}@bank", "{} at mail.example", "{}@@mail.example")


def write_people(path: Path, count: int) -> None:
    """Write a CSV of `count` rows with the shares of doubles, bad addresses and hard numbers named above."""
    chance = random.Random(count)
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        file.writelines(_rows(count, chance))


def _rows(count: int, chance: random.Random) -> Iterator[str]:
    earlier: list[str] = []
    for number in range(count):
        if earlier and chance.random() < DOUBLES:
            # The same person with another kind of data, as exports of two systems put together hold them.
            yield earlier[chance.randrange(len(earlier))] + "name;health\n"
            continue
        row = _person(number, chance)
        if len(earlier) < 100_000:  # enough to double
            earlier.append(row)
        else:
            earlier[chance.randrange(len(earlier))] = row
        yield row + chance.choice(KINDS) + "\n"


def _person(number: int, chance: random.Random) -> str:
    given, surname = chance.choice(GIVEN), chance.choice(SURNAMES)
    mail = f"{surname.lower()}.{number}@mail{number % 50}.example"
    if chance.random() < BAD_MAIL:
        mail = chance.choice(BROKEN).format(number)
    if chance.random() < HARD_NUMBERS:
        place, form = chance.choice(HARD)
        phone = form.format(number // 10_000 % 100, number % 10_000)
    else:
        place, form = chance.choice(PLAIN)
        phone = form.format(number % 10_000_000)
    return f"C{number},{given} {surname},{mail},{phone},{place},"
