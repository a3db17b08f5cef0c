"""Why variants are together and why one speaks for all, in words."""

from collections.abc import Mapping

PASSAGE_CHARS = 120


def evidence_words(evidence: Mapping[str, object]) -> list[str]:
    """Give the evidence of a link, one reason each, what says most to a person first.

    What each feature of the score gave is told by query.why.

    >>> evidence_words({"features": {"cosine": 0.413}, "terms": ["furnace", "Orrin"], "hours": 4.2})
    ['shared terms: furnace, Orrin', '4 h apart']
    >>> evidence_words({"jaccard": 0.981, "containment": 1.0, "shared_shingles": 412, "passages": []})
    ['Jaccard 0.98', 'containment 1.00', '412 shared shingles']
    """
    names = sorted(evidence, key=lambda name: (name in _LAST, name not in _FIRST))
    said = [name for name in names if name not in _UNSAID and evidence[name] not in (None, [], {}, "", 0)]
    return [_reason(name, evidence[name]) for name in said]


_FIRST = ("terms", "hours")
_LAST = ("passages",)
_UNSAID = ("features", "gave", "mean", "text")  # the text that coverage shares is no reason any more


def losers(why: Mapping[str, object]) -> list[tuple[int, str]]:
    """Give the variants that do not speak for the story, the nearest first, each with the rule that decided."""
    found = why.get("losers")
    return [(int(variant), str(rule)) for variant, rule in found] if isinstance(found, list) else []


def _reason(name: str, value: object) -> str:
    match name, value:
        case "terms", list():
            return f"shared terms: {', '.join(map(str, value))}"
        case "hours", float() | int():
            return f"{value:.0f} h apart"
        case "members", int():
            return f"compared with {value} of the story's variants"
    return _text_reason(name, value)


def _text_reason(name: str, value: object) -> str:
    match name, value:
        case "jaccard", float() | int():
            return f"Jaccard {value:.2f}"
        case "shared_shingles", int():
            return f"{value} shared shingles"
        case "aligned", [float() | int() as shorter, float() | int() as longer]:
            return f"{shorter:.2f} of the shorter text and {longer:.2f} of the longer run side by side"
        case (("numbers" | "names" | "words"), int()):
            return f"{value} {name} differ" if value > 1 else f"1 {name[:-1]} differs"
        case "passages", list():
            longest = max(int(after) - int(first) for first, after, *_ in value)
            return f"shared passages: {len(value)}, the longest of {longest} tokens"
    return f"{name.replace('_', ' ')} {_plain(value)}"


def _plain(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= PASSAGE_CHARS else f"{text[: PASSAGE_CHARS - 1].rstrip()}…"
