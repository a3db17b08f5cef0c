"""Whom webhooks may tell."""

import pytest

from ingest.fetch.receivers import receiver_of
from ingest.outcome import Outcome, Refused


@pytest.mark.parametrize(
    ("url", "is_private"),
    [
        ("https://desk.example/in?key=1", False),
        ("https://desk.example:9443/in", False),
        ("https://192.168.0.7/in", True),
        ("http://127.0.0.1:9000/in", True),
        ("http://desk.lan/in", True),
    ],
)
def test_a_receiver_is_asked_as_it_is_written(url: str, is_private: bool) -> None:
    """An https address anywhere and on any port; an http one where private networks are allowed."""
    target, access = receiver_of(url, allow_private=is_private)

    assert (target.url, access.allow_private) == (url, is_private)


@pytest.mark.parametrize(
    ("url", "is_private"),
    [
        ("http://desk.example/in", False),
        ("http://127.0.0.1/in", False),
        ("https://127.0.0.1/in", False),
        ("https://[::1]/in", False),
        ("https://[::ffff:10.0.0.1]/in", False),
        ("http://93.184.216.34/in", True),
        ("http://169.254.169.254/latest/meta-data", True),
        ("https://168.63.129.16/", True),
        ("https://desk:word@desk.example/in", False),
        ("ftp://desk.example/in", True),
        ("desk.example/in", True),
        ("https:///in", True),
        ("", True),
    ],
)
def test_what_is_no_receiver_is_refused(url: str, is_private: bool) -> None:
    """No private address unless that was said, no public one by http, never a cloud's secrets, no password."""
    with pytest.raises(Refused) as refused:
        receiver_of(url, allow_private=is_private)

    assert refused.value.outcome is Outcome.ADDRESS
