"""The six figures on the front page of an incident report."""

from reports.document import Tile, Tone
from reports.sections.brief import places_said, settled_in_time
from reports.sections.exercise import score_tile
from reports.telling import LEVEL_TONES, Telling
from reports.words import ranges


def tiles(telling: Telling) -> tuple[Tile, ...]:
    """Six figures for the front page; a scored drill shows its points in the place of its made-up people."""
    exercise = telling.report.exercise
    return (
        _severity_tile(telling),
        _risk_tile(telling),
        _people_tile(telling) if exercise is None else score_tile(telling, exercise),
        _duties_tile(telling),
        _told_tile(telling),
        _contained_tile(telling),
    )


def _severity_tile(telling: Telling) -> Tile:
    words, severity = telling.words, telling.report.headline.severity
    note = words.say("tile.score", score=words.number(severity.score))
    tone = LEVEL_TONES.get(severity.level or "", "")
    refs = ranges(telling.report.headline.triage_seqs)
    return Tile(words.say("tile.severity"), words.word("level", severity.level), note, tone, refs)


def _risk_tile(telling: Telling) -> Tile:
    words, headline = telling.words, telling.report.headline
    answer = words.word("answer", headline.decisions.get("individuals"))
    note = words.say("decision_on.individuals") + words.say("colon") + answer
    tone = LEVEL_TONES.get(headline.risk or "", "")
    return Tile(
        words.say("tile.risk"), words.word("risk", headline.risk), note, tone, ranges(headline.triage_seqs)
    )


def _people_tile(telling: Telling) -> Tile:
    words, headline = telling.words, telling.report.headline
    note = places_said(telling)
    return Tile(words.say("tile.people"), words.count(headline.people), note, refs=ranges(headline.seqs))


def _duties_tile(telling: Telling) -> Tile:
    words, duties = telling.words, telling.report.duties
    met, late, still_open, overdue = settled_in_time(duties)
    notes = [words.say("tile.still_open", count=words.number(still_open))] if still_open else []
    if late:
        notes.append(words.say("tile.late_count", count=words.number(late)))
    tone: Tone = "bad" if overdue or late else "warn" if still_open else "good"
    refs = ranges(tuple(sorted({seq for duty in duties for seq in duty.seqs[-1:]})))
    value = f"{words.number(met)} / {words.number(met + late + still_open)}"
    return Tile(
        words.say("tile.duties"), value, words.listed(notes) or words.say("tile.none_open"), tone, refs
    )


def _told_tile(telling: Telling) -> Tile:
    words, coverage = telling.words, telling.report.coverage
    note = words.say("tile.not_counted")
    if coverage.affected is not None:
        note = words.say("tile.of_affected", affected=words.number(coverage.affected))
    tone: Tone = ""
    if coverage.told is not None and coverage.affected:
        tone = "good" if coverage.told == coverage.affected else "warn"
    refs = ranges(telling.report.coverage_seqs)
    return Tile(words.say("tile.told"), words.number(coverage.told), note, tone, refs)


def _contained_tile(telling: Telling) -> Tile:
    words, report = telling.words, telling.report
    seconds = next(span.seconds for span in report.spans if span.kind == "contain")
    note = words.say("tile.from_detection" if seconds is not None else "tile.not_contained")
    tone: Tone = "warn" if seconds is None else ""
    return Tile(words.say("tile.contained"), words.span(seconds), note, tone, ranges(report.headline.seqs))
