"""One page, one address: every spelling of a page's URL becomes the same string.

Follows the WHATWG URL standard as far as http and https need it, and drops what does not select the article.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

MAX_CHARS = 8192  # longer addresses are cut: nothing that people link to comes near

# Parameters that tell the sender about the click, never which article to show.
# After the rules of ClearURLs and of Firefox's query stripping, checked one by one: `id`, `p`, `ref`, `page` stay.
_TRACKING = re.compile(
    r"utm_\w*|at_(?:campaign|medium|custom\w*|link_\w+|bbc_team|format|ptr_name)|ns_(?:mchannel|source|campaign|linkname|fee)"
    r"|pk_(?:campaign|kwd|source|medium)|mtm_\w+|guce_referrer\w*|(?:fb|g|d|y|ms|tw|tt|sc|wick|ir)cl(?:k)?id|gclsrc|[gw]braid"
    r"|wickedid|mc_[ce]id|igshid|igsh|li_fat_id|_ga|_gl|_hsenc|_hsmi|hsctatracking|mkt_tok|vero_(?:id|conv)|oly_(?:enc|anon)_id"
    r"|fb_(?:action_ids|action_types|source|ref)|ref_(?:src|url)|__twitter_impression|wt\.\w+|s_cid|xtor|cmpid|ncid|smid|smtyp"
    r"|guccounter|soc_(?:src|trk)|ocid|cvid|ito|ftag|traffic_source|mbid|sfmc_\w+|_openstat|rb_clickid|jsessionid|phpsessid"
)
# Addresses of others that name the page they stand for: AMP caches, and the click counters of search and mail alerts.
# https://developers.google.com/amp/cache/overview, read 2026-11-22; "s" says that the page is https.
_AMP_CACHE = re.compile(
    r"https://(?:[\w-]+\.cdn\.ampproject\.org|www\.google\.[a-z.]{2,6}/amp|[\w-]+\.bing-amp\.com)/(?:[acv]/)?(s/)?([^/?#]+\.[^/?#]+/.*)",
    re.S,
)
_COUNTER = re.compile(
    r"https://(?:www\.google\.[a-z.]{2,6}/url|l\.facebook\.com/l\.php|lm\.facebook\.com/l\.php|out\.reddit\.com/\w+)\?(.*)",
    re.S,
)
_COUNTED = re.compile(r"(?:\A|&)(?:url|q|u)=(https?(?:%3A|:)[^&]+)", re.I)
# Links that say nothing about their page, not even to who follows them without a browser.
_OPAQUE = re.compile(
    r"https://(?:news\.google\.com/(?:rss/)?(?:articles|read|stories)/|apple\.news/|flip\.it/|l\.smartnews\.com/)"
)
_PLAIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+/[\w~/-]*(?:\.[a-z]{3,5})?", re.A)
_PARTS = re.compile(r"(https?):[/\\]{2,}([^/\\?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.I | re.S)
_BAD_HOST = re.compile(r"[\x00-\x20\"#%/:<>?@\[\\\]^`{|}\x7f]")
_IPV6 = re.compile(r"\[[0-9a-f:.]+\]")
_SESSION = re.compile(r";jsessionid=[^/;]*", re.I)
_ESCAPE = re.compile(r"%[0-9a-f]{2}", re.I)
_CUT_ESCAPE = re.compile(r"%[0-9A-Fa-f]?\Z")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SAFE = "%!$&'()*+,;=:@/?~[]|"


def canonical_url(url: str) -> str:
    """Give the one spelling of `url`; its own input where it is no http or https URL.

    Idempotent, and never raises.

    >>> canonical_url("HTTPS://Www.Gazette.example:443/a/../b?utm_source=x&id=7#top")
    'https://www.gazette.example/b?id=7'
    """
    if len(url) <= MAX_CHARS and _PLAIN.fullmatch(url) and not _AMP_CACHE.match(url):
        return url
    canonical = _respell(url)
    while (inside := _unwrapped(canonical)) != canonical:  # shorter each time
        canonical = _respell(inside)
    # Cutting a long address can uncover a parameter to drop, so it is read again until it stays.
    while len(url) > MAX_CHARS // 12 and (again := _respell(canonical)) != canonical:
        canonical = again
    return canonical


def host(url: str) -> str:
    """Give the host of an http or https URL without `www.`; "" for anything else.

    >>> host("https://www.gazette.example/a")
    'gazette.example'
    """
    match = _PARTS.fullmatch(canonical_url(url))
    if match is None:
        return ""
    return (_host(match[2]) or "").removeprefix("www.")


def is_web(url: str) -> bool:
    """Whether `url` is an http or https URL with a host that could exist."""
    return host(url) != ""


def is_opaque(url: str) -> bool:
    """Whether `url` is an aggregator's link that does not say which page it stands for.

    >>> is_opaque("https://news.google.com/rss/articles/CBMiabc?oc=5")
    True
    """
    return _OPAQUE.match(canonical_url(url)) is not None


def _unwrapped(url: str) -> str:
    """Give the page that another's address names inside itself, `url` where there is none."""
    if cached := _AMP_CACHE.fullmatch(url):
        return f"http{'s' if cached[1] else ''}://{cached[2]}"
    if (counter := _COUNTER.fullmatch(url)) and (counted := _COUNTED.search(counter[1])):
        return unquote(counted[1])
    return url


def _respell(url: str) -> str:
    text = url.strip("".join(map(chr, range(33)))).replace("\t", "").replace("\n", "").replace("\r", "")[:MAX_CHARS]
    match = _PARTS.fullmatch(text)
    if match is None:
        return url
    scheme, authority, path, query, fragment = match.groups()
    scheme = scheme.lower()
    netloc = _netloc(authority, scheme)
    if netloc is None:
        return url
    kept = "&".join(_parameters(query or ""))
    # "#!" is how a page without server-side routes names its article; any other fragment is a place in the page.
    place = f"#{_quoted(fragment)}" if fragment and fragment.startswith("!") else ""
    return _cut(f"{scheme}://{netloc}{_path(path)}{'?' if kept else ''}{kept}{place}")


def _netloc(authority: str, scheme: str) -> str | None:
    authority = authority.rpartition("@")[2]  # credentials are nobody's identity
    port = ""
    if found := re.search(r":([0-9]{0,5})\Z", authority, re.A):
        authority, port = authority[: found.start()], found[1].lstrip("0")
    name = _host(authority)
    if not name or (port and int(port) > 65535):
        return None
    default = "443" if scheme == "https" else "80"
    return name if port in ("", default) else f"{name}:{port}"


def _host(authority: str) -> str | None:
    name = authority.rpartition("@")[2].lower()
    if _IPV6.match(name):
        return name.partition("]")[0] + "]"
    name = re.sub(r":[0-9]*\Z", "", name)
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii").lower()
        except UnicodeError:
            return None
    name = name.rstrip(".")
    return name if name and len(name) < 254 and not _BAD_HOST.search(name) else None


def _path(path: str) -> str:
    kept: list[str] = []
    segments = _SESSION.sub("", path.replace("\\", "/")).split("/")[1:]
    for segment in segments:
        plain = segment.lower().replace("%2e", ".")
        if plain == ".." and kept:
            kept.pop()
        elif plain not in (".", ".."):
            kept.append(segment)
    if segments and segments[-1].lower().replace("%2e", ".") in (".", ".."):
        kept.append("")
    return "/" + _quoted("/".join(kept))


def _parameters(query: str) -> Iterator[str]:
    """Give the parameters that may select the article, ordered by name; equal names keep their order."""
    pairs = [pair for pair in query.split("&") if pair and not _TRACKING.fullmatch(pair.partition("=")[0].lower())]
    yield from (_quoted(pair) for pair in sorted(pairs, key=lambda pair: _quoted(pair.partition("=")[0])))


def _quoted(part: str) -> str:
    if part.isascii() and part.isalnum():
        return part
    spelled = quote(_SURROGATE.sub("\ufffd", part), safe=_SAFE)
    return _ESCAPE.sub(lambda escape: escape[0].upper(), spelled)


def _cut(url: str) -> str:
    return url if len(url) <= MAX_CHARS else _CUT_ESCAPE.sub("", url[:MAX_CHARS])
