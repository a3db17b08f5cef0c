"""The table of what articles mean, as a model of words says it."""

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary
from sqlmodel import Field, SQLModel


class Meaning(SQLModel, table=True):
    """What the text that a variant has by now means; of another model's rows nothing is asked. storage/meanings.py."""

    id: int | None = Field(default=None, primary_key=True)  # ascending: a revised text's is a new one
    variant_id: int = Field(sa_column=Column(BigInteger, ForeignKey("variant.id"), nullable=False, index=True))
    model: str
    vector: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # float16, little-endian, unit length
