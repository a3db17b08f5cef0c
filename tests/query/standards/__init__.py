"""What other programs may expect of what leaves newsfold: schemas of our own, written from the standards' rules.

The standards' own schemas are not ours to copy. Each of these says which section its rules come from, allows nothing
that newsfold does not write, and so is stricter than the standard where that allows more.
"""

from pathlib import Path
from typing import Any

import orjson
from jsonschema import Draft202012Validator
from lxml import etree

_HERE = Path(__file__).parent


def faults_of_xml(document: bytes, standard: str) -> list[str]:
    """Give what a RELAX NG schema has against a document."""
    schema = etree.RelaxNG(etree.parse(str(_HERE / f"{standard}.rng")))
    schema.validate(etree.fromstring(document))
    return [f"{fault.line}: {fault.message}" for fault in schema.error_log]


def faults_of_json(document: bytes | str, standard: str) -> list[str]:
    """Give what a JSON schema has against a document."""
    schema: dict[str, Any] = orjson.loads((_HERE / f"{standard}.json").read_bytes())  # Any: JSON
    Draft202012Validator.check_schema(schema)
    found = Draft202012Validator(schema).iter_errors(orjson.loads(document))
    return [f"{fault.json_path}: {fault.message[:200]}" for fault in found]
