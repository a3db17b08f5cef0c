"""Scripts that set no spaces between words, or few: which they are, and how many words a text in any script has.

ingest/cluster/tokens.py has a table of its own: it decides the tokens, and with them every signature that is stored.
"""

import re

# Thai and Lao, Burmese, Khmer, kana, Han.
_UNSPACED_RANGES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
_UNSPACED = re.compile(f"[{_UNSPACED_RANGES}]")
# With Hangul, whose words are spaced and short: a character says as much as three Latin letters.
DENSE = re.compile(f"[{_UNSPACED_RANGES}\uac00-\ud7af]")


def words_in(text: str) -> int:
    """Count words; where a script sets no spaces between them, two characters count as one.

    >>> words_in("Ships are back"), words_in("港口恢复通航")
    (3, 3)
    """
    if text.isascii():
        return len(text.split())
    return len(_UNSPACED.sub(" ", text).split()) + len(_UNSPACED.findall(text)) // 2
