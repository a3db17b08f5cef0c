"""What is shown of a text from anywhere: no secret in it, not too much of it, and at a price that its length sets."""

import time

import pytest

from ingest.safe import discreet


@pytest.mark.parametrize("repeated", ["key", "auth-", "a.", "key=", 'key="', "key ", "://", "Bearer ", " ", "="])
def test_the_price_is_that_of_the_length(repeated: str) -> None:
    """A hundred thousand characters that nearly name a secret again and again are done in less than two seconds."""
    hostile = f"https://gazette.example/{repeated * (100_000 // len(repeated))}"

    began = time.process_time()
    discreet(hostile)

    assert time.process_time() - began < 2


def test_10_08_a_long_text_is_cut() -> None:
    """MUST_HANDLE 10.8: a kilobyte of a text is shown, whatever its length; as much as is asked for of a traceback."""
    assert len(discreet("a " * 500_000)) == 1_000
    assert discreet("a" * 3_000, most=2_000) == "a" * 1_999 + "…"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 985 + " https://ines:" + "hush" * 10 + "@gazette.example/",  # the cut falls into the login
        "x" * 985 + ' password="' + "hush" * 10 + '"',
        'password="hush',  # its end was lost on the way
        "api-key = 'hush hush",
        '{"auth.token" : "hush',
    ],
)
def test_a_secret_without_its_end_is_none_the_less_one(text: str) -> None:
    """Neither our cut nor anybody else's lets the beginning of a secret through."""
    assert "hush" not in discreet(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("monkey business = 3", "monkey business = 3"),
        ("x-api-key=a&id=4", "x-api-key=***&id=4"),
        ("url=https://a.example/?id=4&my.token.2=b, then", "url=https://a.example/?id=4&my.token.2=***, then"),
        ("{'Set-session': 'a b', 'id': 'c'}", "{'Set-session': ***, 'id': 'c'}"),
        ("passwd = a: HTTP 403", "passwd = ***: HTTP 403"),
    ],
)
def test_the_secret_goes_and_its_name_stays(text: str, shown: str) -> None:
    """What surrounds a secret is shown as it is."""
    assert shown == discreet(text)
