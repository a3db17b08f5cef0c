"""Tokens -> what an article is about: its distinct terms, how heavy, and of which kind."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.tokens import Tokens, blocks, spread, tokenise
from ingest.document import Profile

NAME, NUMBER, HEADLINE, LEAD = 1, 2, 4, 8
LEAD_TOKENS = 80  # of the text: about the first two paragraphs
_HEADLINE_COUNTS = 3  # a term of the headline weighs as if said three times more
_LEAD_COUNTS = 1
_BREAK = re.compile(r"\s(?:[-|\u2013\u2014\u00bb]|::)\s")
_LEAST_WORDS = 4  # before a break that ends the headline: "Brüssel - a day later" has none
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
    terms, is_term = _terms(tokens)
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
    weights = (1 + np.log(times)).astype(np.float32)
    found = (keys[heads] & ((np.uint64(1) << _TERM_BITS) - np.uint64(1))).astype(np.uint64)
    ends = np.searchsorted(keys[heads] >> _TERM_BITS, np.arange(1, len(body) + 1, dtype=np.uint64))
    cuts = np.concatenate((np.zeros(1, np.intp), ends))
    return [
        Profile(terms=found[a:b].copy(), weights=weights[a:b].copy(), kinds=kind[a:b].copy())
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
        hashes, is_term = _terms(tokens)
        hashes = np.where(is_term, hashes >> _TERM_SHIFT, np.uint64(0))
        for text, first in enumerate(tokens.offsets[:-1].tolist()):
            mine = hashes[first : tokens.offsets[text + 1]]
            order = np.argsort(mine, kind="stable")
            wanted = np.array(terms[begin + text], np.uint64)
            places = order[np.minimum(np.searchsorted(mine[order], wanted), len(order) - 1)] if len(order) else order
            present = [
                (term, first + place)
                for term, place in zip(wanted.tolist(), places.tolist(), strict=False)
                if mine[place] == term
            ]
            found.append({term: _word(tokens, place) for term, place in present})
    return found


def _word(tokens: Tokens, place: int) -> str:
    last = place + int(tokens.is_alone[place])  # a pair of characters, or one word
    return tokens.data[tokens.starts[place] : tokens.ends[last]].decode()


def terms_of_words(words: Sequence[str]) -> list[int]:
    """Give the term of each word that is one; a word of several tokens gives its first, and of none 0."""
    tokens = tokenise(words)
    firsts = np.append(tokens.hashes, np.uint64(0))[tokens.offsets[:-1]] >> _TERM_SHIFT
    return [int(term) for term in np.where(np.diff(tokens.offsets) > 0, firsts, np.uint64(0))]


def _owners(
    tokens: Tokens, headline: NDArray[np.intp], body: NDArray[np.intp]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Tell for each token which article owns it (-1: none), and what kind its place gives it."""
    size = len(tokens.hashes)
    owner = np.full(size, -1, np.int64)
    kinds = (tokens.is_name * NAME + tokens.is_number * NUMBER).astype(np.uint8)
    for spans, kind, limit in ((headline, HEADLINE, size), (body, LEAD, LEAD_TOKENS)):
        for article, (first, after) in enumerate(spans.tolist()):
            owner[first:after] = article
            kinds[first : min(after, first + limit)] |= kind
    return owner, kinds


def _terms(tokens: Tokens) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    hashes = tokens.hashes
    is_term = tokens.ends - tokens.starts > 1
    if tokens.is_alone.any():
        joined = np.zeros(len(hashes), np.bool_)
        joined[:-1] = tokens.is_alone[:-1] & tokens.is_alone[1:] & (tokens.starts[1:] == tokens.ends[:-1])
        following = np.append(hashes[1:], np.uint64(0))
        hashes = np.where(joined, spread(hashes * np.uint64(31) + following), hashes)
        is_term &= joined | ~tokens.is_alone
    return hashes, is_term


def _pack(owner: NDArray[np.int64], terms: NDArray[np.uint64], kinds: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Pack article (12 bits), term (48) and kind (4) into one word that sorts in this order."""
    high = owner.astype(np.uint64) << (_TERM_BITS + _KIND_BITS)
    return high | (terms >> _TERM_SHIFT << _KIND_BITS) | kinds


_EMPTY = Profile(terms=np.zeros(0, np.uint64), weights=np.zeros(0, np.float32), kinds=np.zeros(0, np.uint8))
