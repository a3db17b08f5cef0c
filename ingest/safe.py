"""Text from anywhere, made safe for a terminal and for a spreadsheet."""

import re

# Control characters, line and paragraph separators, and what turns the direction of writing.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_UNSEEN_IN_CELL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_UNSEEN_IN_JSON = re.compile(b"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")  # JSON escapes the rest
# What lets its holder in: of a URL the login and parameters so named, of a header what stands behind the scheme.
_LOGIN = re.compile(r"(?<=://)[^/\s?#]+@")
# A name is looked at once, from its beginning, and nothing is tried in two ways: what is long costs what it is long.
_NAMED_SECRET = re.compile(
    r"""(?ix)
    ( (?<![\w.-]) (?= [\w.-]*? (?:key|token|secret|passw|pwd|auth|signature|credential|session) )
      [\w.-]++ (?: \s*+=\s*+ | ["']\s*+:\s*+ ) )
    (?: "[^"]*+"? | '[^']*+'? | [^\s&;,#"']+? (?= :? (?: [\s&;,#"'] | $ ) ) )"""
)
_HEADER = re.compile(r"(?i)\b(Bearer|Basic)\s+[\w.~+/=-]{6,}")
_SHOWN_CHARS = 1_000
# Also as some spreadsheets take them, in full width.
_FORMULA = (*"=+-@", *"\uff1d\uff0b\uff0d\uff20", *"\t\r\n")  # https://owasp.org/www-community/attacks/CSV_Injection


def visible(text: str) -> str:
    r"""Write what a terminal would obey instead of show as an escape.

    >>> print(visible("\x1b[2Jgone"))
    \x1b[2Jgone
    """
    return _UNSEEN.sub(_escape, text)


def cell(text: str) -> str:
    """Give `text` as a spreadsheet cell that is never a formula.

    >>> cell("=1+1"), cell("＝1+1")
    ("'=1+1", "'＝1+1")
    """
    text = _UNSEEN_IN_CELL.sub(_escape, text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def json_controls(document: bytes) -> bytes:
    """Escape what JSON itself lets through and a terminal obeys; the values stay the same."""
    return _UNSEEN_IN_JSON.sub(lambda char: f"\\u{ord(char[0].decode()):04x}".encode(), document)


def discreet(text: str, *, most: int = _SHOWN_CHARS) -> str:
    """Give `text` without what may be a password, a token or a login in it: too much rather than too little.

    What is longer than `most` characters is cut, after that: a login without its end would not be known as one.

    >>> discreet("https://ines:hush@gazette.example/feed?id=4&api_key=abc: HTTP 403")
    'https://***@gazette.example/feed?id=4&api_key=***: HTTP 403'
    """
    text = _HEADER.sub(r"\1 ***", _LOGIN.sub("***@", text))
    text = _NAMED_SECRET.sub(r"\1***", text)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _escape(char: re.Match[str]) -> str:
    return char[0].encode("unicode_escape").decode()
