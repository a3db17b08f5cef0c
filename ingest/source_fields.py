"""What the keys of sources.toml may hold: each function gives the value, or raises ValueError with the remedy."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any  # what TOML holds is anybody's
from urllib.parse import urlsplit

from ingest.fetch.response import WEB_PORTS
from ingest.urls import MAX_CHARS, is_web

# ISO 3166-1 alpha-2, as of 2025 (https://www.iso.org/obp/ui/#search), with XK, which the EU uses for Kosovo.
_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW"
    " BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI"
    " FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN"
    " IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME"
    " MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF"
    " PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV"
    " SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK"
    " YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_CODES.split())
KEY = r"[a-z0-9][a-z0-9._-]{0,63}"  # of a source

_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?", re.A)
_PLAIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?:/[\w./-]*)?", re.A)
_SPAN = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s?([smhd])", re.A)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_MOST_EVERY_S = 30 * 86_400
_MOST_PACE_S = 3_600
_NAME_CHARS = 200
_MOST_URLS = 50_000


def key(value: Any) -> str:
    """Give the name that rows, logs and --only use."""
    if not isinstance(value, str) or not re.fullmatch(KEY, value):
        raise ValueError(f"{_shown(value)}: give up to 64 of a-z, 0-9, '.', '_' and '-', the first a letter or digit")
    return value


def text(value: Any) -> str:
    """Give a line for people to read."""
    if not isinstance(value, str) or not value.strip() or len(value) > _NAME_CHARS or not value.isprintable():
        raise ValueError(f"{_shown(value)}: give a line of up to {_NAME_CHARS} characters")
    return value.strip()


def web_address(value: Any) -> str:
    """Give an http or https address without user and password."""
    if isinstance(value, str) and len(value) <= MAX_CHARS and _PLAIN.fullmatch(value):
        return value  # as nearly all are: a list of thousands is read in a moment
    if not isinstance(value, str) or len(value) > MAX_CHARS or not is_web(value):
        raise ValueError(f"{_shown(value)}: give an address that begins with http:// or https://")
    if "@" in value and "@" in urlsplit(value).netloc:
        raise ValueError("leave user and password out of the address; they are never sent")
    return value.strip()


def web_addresses(value: Any) -> tuple[str, ...]:
    """Give the addresses of a list."""
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_URLS:
        raise ValueError(f"{_shown(value)}: give a list of 1 to {_MOST_URLS:,} addresses, or the path of a file")
    return tuple(web_address(address) for address in value)


def every_s(value: Any) -> float:
    """Give the seconds of a time such as "30m", from 1 second to 30 days."""
    return _span(value, least=1, most=_MOST_EVERY_S)


def pace_s(value: Any) -> float:
    """Give the seconds of a time such as "2s", up to an hour."""
    return _span(value, least=0, most=_MOST_PACE_S)


def language(value: Any) -> str:
    """Give a BCP 47 tag of language, script and region."""
    if not isinstance(value, str) or not _TAG.fullmatch(value):
        raise ValueError(f"{_shown(value)}: give a BCP 47 tag such as en, pt-BR or zh-Hant")
    return value


def country(value: Any) -> str:
    """Give the code of a country."""
    if isinstance(value, str) and value in COUNTRIES:
        return value
    hint = "; the United Kingdom is GB" if value == "UK" else ""
    raise ValueError(f"{_shown(value)}: give an ISO 3166 code of two capital letters, such as DE or TR{hint}")


def switch(value: Any) -> bool:
    """Give true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{_shown(value)}: give true or false")
    return value


def private(value: Any) -> bool | tuple[IPv4Network | IPv6Network, ...]:
    """Give whether all private addresses may be asked, or the networks that may."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, list) or not value:
        raise ValueError(f'{_shown(value)}: give true, or a list of networks such as ["10.1.0.0/16"]')
    networks = []
    for named in value:
        try:
            networks.append(ip_network(str(named)))
        except ValueError:
            raise ValueError(f"{_shown(named)}: give a network such as 10.1.0.0/16 or fd12::/48") from None
    return tuple(networks)


def ports(value: Any) -> frozenset[int]:
    """Give the ports named, beside the usual ones of the web."""
    if not isinstance(value, list) or not all(type(port) is int and 1 <= port <= 65_535 for port in value):
        raise ValueError(f"{_shown(value)}: give a list of whole numbers from 1 to 65535")
    return WEB_PORTS | frozenset(value)


def table(value: Any) -> dict[str, Any]:
    """Give a table of TOML."""
    if not isinstance(value, dict):
        raise ValueError("give a table")
    return value


def tables(value: Any) -> list[dict[str, Any]]:
    """Give the tables of an array of TOML."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ValueError("write each source below a line [[source]]")
    return value


def _span(value: Any, *, least: float, most: float) -> float:
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    seconds = float(found[1]) * _SECONDS[found[2]] if found else -1.0
    if not least <= seconds <= most:
        raise ValueError(f"{_shown(value)}: give a time from {_spelled(least)} to {_spelled(most)}, such as 30m or 2h")
    return seconds


def _spelled(seconds: float) -> str:
    unit = next(unit for unit in "dhms" if seconds % _SECONDS[unit] == 0 and (seconds or unit == "s"))
    return f"{seconds / _SECONDS[unit]:g}{unit}"


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "..."
