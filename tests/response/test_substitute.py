"""A public notice where a law lets it stand for those out of reach; its text names nobody."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import select

from models.database import Store
from models.errors import InvalidInputError, RefusedError
from models.incident import Incident
from models.ledger import LedgerEntry
from notifications.audience import DELIVERY
from notifications.campaign import prepare_campaign
from notifications.import_people import import_people
from notifications.texts.letter_blocks import letter_blocks
from notifications.texts.notice_text import NAME_MARK, render_part, variant_of
from notifications.texts.public_notice import as_html, as_text, public_notice
from notifications.texts.templates_on_disk import template_languages
from response.telling.disclosure import notice_details
from response.telling.post import posted, write_post
from response.telling.substitute import draft_public_notices, note_published, substitute_plan
from tests.notifications.conftest import details
from tests.support.steps import assessed

CA = "us-ca-breach"


@pytest.fixture
def incident(store: Store, tmp_path: Path) -> Incident:
    """Give twenty people in California, all with an e-mail address."""
    found = assessed(
        store,
        data={"categories": ["name", "social_security", "account_number"], "identifiability": "maximum"},
        people={"total": 20, "relations": ["customer"], "by_place": {"US-CA": 20}},
    )
    people = tmp_path / "people.csv"
    rows = "".join(f"{n},Zebra{n},p{n}@mail.example,US-CA,es\n" for n in range(20))
    people.write_text("id,name,email,place,language\n" + rows)
    import_people(store, found.id, people)
    with store.work() as unit:
        prepare_campaign(unit, found, "breach-notice", notice_details(store, unit.session, found))
        unit.session.execute(update(DELIVERY).values(status="sent"))
    return found


def bounce(store: Store, *people: int) -> None:
    with store.work() as unit:
        chosen = update(DELIVERY).where(DELIVERY.c.person.in_(people))
        unit.session.execute(chosen.values(status="bounced"))


def plan(store: Store, incident: Incident):  # type: ignore[no-untyped-def]
    with store.reading() as session:
        return substitute_plan(session, incident.id, store.clock())


def test_nobody_out_of_reach_calls_for_no_public_notice(store: Store, incident: Incident) -> None:
    assert not any(duty.met for duty in plan(store, incident).duties)
    with pytest.raises(RefusedError, match="No law calls"):
        draft_public_notices(store, incident.id, "comms-1")


def test_law_calls_for_a_public_notice_once_its_threshold_is_met(store: Store, incident: Incident) -> None:
    bounce(store, 3, 4)
    found = plan(store, incident)
    [california] = [duty for duty in found.duties if duty.rule == CA]
    assert (california.met, california.unreached, california.ways) == (True, 2, ("email", "website", "media"))
    assert (california.days, california.text_read, found.letters_first) == (30, False, 2)
    write_post(store, incident.id)
    with store.work() as unit:
        posted(unit, incident.id, "comms-1", unit.clock())
    after = plan(store, incident)  # a letter reached them
    assert (after.letters_first, any(duty.met for duty in after.duties)) == (0, False)


def test_texts_are_drafted_in_the_readers_languages_and_name_nobody(store: Store, incident: Incident) -> None:
    bounce(store, 3)
    paths = draft_public_notices(store, incident.id, "comms-1")
    assert [path.name for path in paths] == ["us-en.txt", "us-en.html", "us-es.txt", "us-es.html"]
    english = paths[0].read_text("utf-8")
    assert "could not reach everybody concerned" in english
    assert "What Information Was Involved" in english
    for path in paths:
        assert not {"Zebra", NAME_MARK, "{"} & set(path.read_text("utf-8").split())
    with store.reading() as session:
        query = select(LedgerEntry.document).where(LedgerEntry.tag == "notice:substitute_drafted")
        [entry] = [json.loads(document) for document in session.exec(query)]
    assert (entry["actor"], entry["body"]["rules"], len(entry["body"]["texts"])) == ("comms-1", [CA], 4)


def test_publishing_is_recorded_with_place_and_rules(store: Store, incident: Incident) -> None:
    with store.work() as unit:
        note_published(unit, incident.id, "comms-1", "Front page, Los Angeles, 5 March 2026", "media", [CA])
    for where, rules in (("", [CA]), ("page", []), ("page", ["no-such-rule"])):
        with store.work() as unit, pytest.raises(InvalidInputError):
            note_published(unit, incident.id, "comms-1", where, "website", rules)
    with store.work() as unit, pytest.raises(RefusedError):
        note_published(unit, incident.id, "care-1", "page", "website", [CA])


@pytest.mark.parametrize("language", template_languages("breach-notice"))
@pytest.mark.parametrize("drill", [False, True])
def test_public_notice_speaks_to_nobody_in_particular(language: str, drill: bool) -> None:
    blocks = public_notice("breach-notice", details(), language, "DE", drill=drill)
    letter = variant_of("breach-notice", language, "DE", "", named=False)
    own = letter_blocks(render_part("body.html", "breach-notice", details(), letter, drill))
    assert len(own) - len(blocks) == 1  # a greeting and its sentence gave way to one opening
    kinds = [block.kind for block in blocks]
    assert kinds[:2] == (["warning", "title"] if drill else ["title", "paragraph"])
    assert blocks[kinds.index("paragraph")].text.find("Example Bank") >= 0
    text, page = as_text(blocks), as_html(blocks, language)
    assert all(block.text in text for block in blocks)
    assert page.count("<li>") == kinds.count("point")
    assert ("DRILL" in text) is drill


def test_public_page_escapes_what_it_is_given() -> None:
    blocks = public_notice("breach-notice", details(organisation="A & <b>"), "en", "DE", drill=False)
    assert "A &amp; &lt;b&gt; publishes" in as_html(blocks, "en")
