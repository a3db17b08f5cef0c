"""What the environment says."""

from pathlib import Path

import pytest

from flows.settings import SettingProblem, read_settings

_NUMBERS = ("NEWSFOLD_WORKERS", "NEWSFOLD_PAGE_TIMEOUT_S", "NEWSFOLD_BATCH_DOCUMENTS", "NEWSFOLD_BATCH_MIB")


def test_every_setting_can_be_given() -> None:
    """Each variable is read into its field, in its unit."""
    environ = {"NEWSFOLD_DATA": "/srv/data", **dict.fromkeys(_NUMBERS, "7")}

    settings = read_settings(environ, database_url="sqlite:///a.db")

    assert (settings.data, settings.database_url) == (Path("/srv/data"), "sqlite:///a.db")
    assert (settings.workers, settings.page_timeout_s, settings.batch_documents) == (7, 7, 7)
    assert settings.batch_bytes == 7 << 20


def test_the_database_is_that_of_the_environment_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """As every other setting is, and not that of this process."""
    monkeypatch.setenv("NEWSFOLD_DATABASE_URL", "sqlite:///ours.db")

    assert read_settings({"NEWSFOLD_DATABASE_URL": "sqlite:///theirs.db"}).database_url == "sqlite:///theirs.db"
    assert read_settings({}).database_url == "sqlite:///newsfold.db"


def test_an_argument_wins() -> None:
    """The number of workers named by argument is taken before that of the environment."""
    assert read_settings({"NEWSFOLD_WORKERS": "7"}, workers=3).workers == 3


@pytest.mark.parametrize(
    ("given", "environ", "says"),
    [
        ({"database_url": ""}, {}, "--db: not a database URL: write "),
        ({"database_url": "news.db"}, {"NEWSFOLD_DATABASE_URL": "sqlite:///a.db"}, "--db: not a database URL: write "),
        ({"database_url": "sqlite:///"}, {}, "--db: not a database URL: write "),
        ({}, {"NEWSFOLD_DATABASE_URL": "news.db"}, "NEWSFOLD_DATABASE_URL: not a database URL: write "),
        ({"log_format": "xml"}, {"NEWSFOLD_LOG_FORMAT": "json"}, "--log-format: give text or json, not 'xml'"),
        ({}, {"NEWSFOLD_LOG_FORMAT": "xml"}, "NEWSFOLD_LOG_FORMAT: give text or json, not 'xml'"),
    ],
)
def test_what_is_wrong_is_named_as_it_was_given(
    given: dict[str, str], environ: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option is called by its name, and a variable by its own; an empty option is no usual one."""
    monkeypatch.delenv("NEWSFOLD_DATABASE_URL", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SettingProblem, match=rf"\A{says}"):
        read_settings(environ, database_url=given.get("database_url"), log_format=given.get("log_format"))


@pytest.mark.parametrize("name", _NUMBERS)
@pytest.mark.parametrize("said", ["0", "-1", "many", "1.5", "٣", "99999"])
def test_a_setting_that_makes_no_sense_is_named(name: str, said: str) -> None:
    """What is no number, or out of range, is refused with the name of the variable."""
    with pytest.raises(SettingProblem, match=f"{name}: give a whole number from 1 to"):
        read_settings({name: said})


def test_the_runbook_has_every_setting() -> None:
    """deploy/README.md tells of each variable that is read."""
    runbook = (Path(__file__).parents[2] / "deploy" / "README.md").read_text(encoding="utf-8")

    missing = [name for name in (*_NUMBERS, "NEWSFOLD_DATA", "NEWSFOLD_DATABASE_URL") if f"`{name}`" not in runbook]

    assert missing == []
