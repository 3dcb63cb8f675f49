"""The organisation's own people and their roles; the contact tree."""

from sqlalchemy import JSON, Column, LargeBinary
from sqlmodel import Field, SQLModel


class Staff(SQLModel, table=True):
    """Someone who acts or decides. Name and addresses are sealed with the organisation's key."""

    id: str = Field(primary_key=True)  # a short handle, such as dpo-1; this is what records name
    roles: list[str] = Field(sa_column=Column(JSON, nullable=False))
    department: str
    sealed: bytes = Field(sa_type=LargeBinary)  # JSON {name, email, phone}
    deputy_of: str | None = None
    active: bool = True
