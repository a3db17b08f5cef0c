"""Tokens -> what an article is about: its distinct terms, how heavy, and of which kind."""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.tokens import Tokens, blocks, ordered, spread, tokenise
from ingest.document import Profile

NAME, NUMBER, HEADLINE, LEAD = 1, 2, 4, 8
LEAD_TOKENS = 80  # of the text: about the first two paragraphs
_HEADLINE_COUNTS = 3  # a term of the headline weighs as if said three times more
_LEAD_COUNTS = 1
_BREAK = re.compile(r"\s(?:[-|\u2013\u2014\u00bb]|::)\s")
_LEAST_WORDS = 4  # before a break that ends the headline: "Brüssel - a day later" has none
_HEBREW = 0xD7  # the first byte of its letters; Latin, Greek, Cyrillic and Armenian stand before
_KIND_BITS = np.uint64(4)
_TERM_BITS = np.uint64(48)
_TERM_SHIFT = np.uint64(16)


def profiles(tokens: Tokens, headline: NDArray[np.intp], body: NDArray[np.intp]) -> list[Profile]:
    """Give the profile of each article.

    headline[i] and body[i] are (first, after) of the article's headline and of its text in `tokens`: n x 2 each.
    In scripts without spaces a term is a pair of neighbouring characters, elsewhere it is a token of two bytes or
    more. A term is known by 48 bits of its hash.
    """
    owner, kinds = _owners(tokens, headline, body)
    terms, is_term = _terms(tokens, slice(None))
    chosen = np.flatnonzero(is_term & (owner >= 0))
    packed = _pack(owner[chosen], terms[chosen], kinds[chosen])
    packed.sort()  # by article, then by term
    keys = packed >> _KIND_BITS
    heads = np.flatnonzero(np.concatenate((np.ones(min(len(keys), 1), np.bool_), keys[1:] != keys[:-1])))
    if not len(heads):
        return [_EMPTY] * len(body)
    counts = np.diff(heads, append=len(keys))
    kind = np.bitwise_or.reduceat(packed & np.uint64(15), heads).astype(np.uint8)
    times = counts + _HEADLINE_COUNTS * ((kind & HEADLINE) > 0) + _LEAD_COUNTS * ((kind & LEAD) > 0)
    weights = (1 + np.log(np.arange(1, times.max() + 1))).astype(np.float32)[times - 1]
    found = (keys[heads] & ((np.uint64(1) << _TERM_BITS) - np.uint64(1))).astype(np.uint64)
    ends = np.searchsorted(keys[heads] >> _TERM_BITS, np.arange(1, len(body) + 1, dtype=np.uint64))
    cuts = np.concatenate((np.zeros(1, np.intp), ends))
    return [
        Profile(terms=found[a:b], weights=weights[a:b], kinds=kind[a:b])
        for a, b in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
    ]


def own_headline(title: str) -> str:
    """Give a title without what an outlet puts behind its headlines: its name, its section.

    >>> own_headline("Ferry back in port after a night adrift | Harbour Post - Coast")
    'Ferry back in port after a night adrift'
    """
    for found in _BREAK.finditer(title):
        if len(title[: found.start()].split()) >= _LEAST_WORDS:
            return title[: found.start()]
    return title


def words_of(texts: Sequence[str], terms: Sequence[Sequence[int]]) -> list[dict[int, str]]:
    """Give for each text the words in it that are known as its `terms`, as the text first writes them."""
    found: list[dict[int, str]] = []
    for begin, after in blocks(texts):
        tokens = tokenise(texts[begin:after])
        spans = pairwise(tokens.offsets.tolist())
        found += [words_between(tokens, *span, terms[begin + text]) for text, span in enumerate(spans)]
    return found


def words_between(tokens: Tokens, first: int, after: int, terms: Sequence[int]) -> dict[int, str]:
    """Give those words of a text, the tokens first:after, that are known as its `terms`, as it first writes them."""
    hashes, is_term = _terms(tokens, slice(first, after))
    mine = np.where(is_term, hashes >> _TERM_SHIFT, np.uint64(0))
    order, ascending = ordered(mine)
    if not len(order):
        return {}
    wanted = np.array(terms, np.uint64)
    places = order[np.minimum(np.searchsorted(ascending, wanted), len(order) - 1)]
    told = zip(terms, places.tolist(), (mine[places] == wanted).tolist(), strict=True)
    return {term: _word(tokens, first + place) for term, place, is_there in told if is_there}


def _word(tokens: Tokens, place: int) -> str:
    last = place + int(tokens.is_alone[place])  # a pair of characters, or one word
    return tokens.data[tokens.starts[place] : tokens.ends[last]].decode()


def terms_of_words(words: Sequence[str]) -> list[int]:
    """Give the term of each word that is one; a word of several tokens gives its first, and of none 0."""
    tokens = tokenise(["\n".join(words)])  # as one text, for each text takes some microseconds
    begins = np.flatnonzero(np.frombuffer(tokens.data, np.uint8) == ord("\n"))
    places = np.searchsorted(tokens.starts, begins)
    firsts = np.append(tokens.hashes, np.uint64(0))[places[:-1]] >> _TERM_SHIFT
    terms: list[int] = np.where(np.diff(places) > 0, firsts, np.uint64(0)).tolist()
    return terms[: len(words)]


def _owners(
    tokens: Tokens, headline: NDArray[np.intp], body: NDArray[np.intp]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Tell for each token which article owns it (-1: none), and what kind its place gives it."""
    size = len(tokens.hashes)
    owner = np.full(size, -1, np.int64)
    kinds = ((tokens.is_name | _without_case(tokens)) * NAME + tokens.is_number * NUMBER).astype(np.uint8)
    for spans, kind, limit in ((headline, HEADLINE, size), (body, LEAD, LEAD_TOKENS)):
        for article, (first, after) in enumerate(spans.tolist()):
            owner[first:after] = article
            kinds[first : min(after, first + limit)] |= kind
    return owner, kinds


def _without_case(tokens: Tokens) -> NDArray[np.bool_]:
    """Tell which tokens begin with a letter that has no capital: from Hebrew on all, but for Latin with two marks."""
    octets = np.frombuffer(tokens.data, np.uint8)
    first, second = octets[tokens.starts], octets[tokens.starts + 1]
    without: NDArray[np.bool_] = (first >= _HEBREW) & ~((first == 0xE1) & (second >= 0xB8))
    return without


def _terms(tokens: Tokens, chosen: slice) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    hashes, is_alone = tokens.hashes[chosen], tokens.is_alone[chosen]
    starts, ends = tokens.starts[chosen], tokens.ends[chosen]
    is_term = ends - starts > 1
    if is_alone.any():
        joined = np.zeros(len(hashes), np.bool_)
        joined[:-1] = is_alone[:-1] & is_alone[1:] & (starts[1:] == ends[:-1])
        following = np.append(hashes[1:], np.uint64(0))
        hashes = np.where(joined, spread(hashes * np.uint64(31) + following), hashes)
        is_term &= joined | ~is_alone
    return hashes, is_term


def _pack(owner: NDArray[np.int64], terms: NDArray[np.uint64], kinds: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Pack article (12 bits), term (48) and kind (4) into one word that sorts in this order."""
    high = owner.astype(np.uint64) << (_TERM_BITS + _KIND_BITS)
    return high | (terms >> _TERM_SHIFT << _KIND_BITS) | kinds


_EMPTY = Profile(terms=np.zeros(0, np.uint64), weights=np.zeros(0, np.float32), kinds=np.zeros(0, np.uint8))
