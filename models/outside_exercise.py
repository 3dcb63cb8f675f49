"""Exercises held outside Tocsin: what people say was held, with the evidence they hand in; nothing was measured."""

from datetime import datetime

from sqlalchemy import JSON, Column, LargeBinary
from sqlalchemy.orm import defer
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import UtcDateTime, sealed_words


class OutsideExercise(SQLModel, table=True):
    """One exercise that others led, as somebody recorded it. Its evidence is sealed with the organisation's key.

    What is wrong in it is not edited: it is withdrawn, proves nothing from then on, and is recorded anew.
    """

    __tablename__ = "outside_exercise"

    id: str = Field(primary_key=True)  # EXT-<year>-<number>
    kind: str  # a word of OutsideKind
    title: str = Field(sa_column=sealed_words("outside_exercise.title"))  # names nobody
    led_by: str  # a short handle of a firm or an authority, or a staff id
    plan: str | None = None  # the playbook of the library whose kind of breach was played
    participants: dict[str, list[str]] = Field(sa_column=Column(JSON, nullable=False))  # role: staff ids
    began_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime = Field(sa_type=UtcDateTime)
    sha256: str  # of the evidence in clear
    size: int  # bytes, in clear
    sealed: bytes = Field(sa_type=LargeBinary)
    sealed_label: bytes = Field(sa_type=LargeBinary)  # what the file was called
    recorded_by: str = Field(foreign_key="staff.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_by: str | None = Field(default=None, foreign_key="staff.id")
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


def outside_exercises(*, withdrawn: bool = True) -> SelectOfScalar[OutsideExercise]:
    """Select the records in the order the exercises ended, without their evidence: many must fit in memory."""
    query = select(OutsideExercise).options(defer(OutsideExercise.sealed))  # type: ignore[arg-type]
    if not withdrawn:
        query = query.where(col(OutsideExercise.withdrawn_at).is_(None))
    return query.order_by(col(OutsideExercise.ended_at), col(OutsideExercise.id))
