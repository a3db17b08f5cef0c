"""The systemd units call commands that exist, and nothing that a run needs is closed to it."""

import subprocess
import sys
from pathlib import Path

import pytest

_DEPLOY = Path(__file__).parents[1] / "deploy"
_SERVICES = sorted(_DEPLOY.glob("*.service"))


def _settings(unit: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in unit.read_text(encoding="utf-8").splitlines() if line[:1].isalpha())
    return {key: value for key, _, value in lines}


@pytest.mark.parametrize("service", _SERVICES, ids=lambda path: path.name)
def test_a_service_calls_a_command_that_exists(service: Path) -> None:
    """What ExecStart gives to newsfold is a command with those options; it works in the folder that it may write."""
    unit = _settings(service)
    program, *command = unit["ExecStart"].split()

    said = subprocess.run(
        [sys.executable, "-m", "newsfold", *command, "--help"],
        cwd=_DEPLOY.parent,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    folders = [f"/var/lib/{name}" for name in unit["StateDirectory"].split()]
    assert unit["WorkingDirectory"] == folders[0]
    assert not program.startswith(folders[0])
    assert "ReadWritePaths" not in unit
    assert all(f"{folders[0]}/{word}" in folders for word in command[1:] if not word.startswith("--"))
    assert all(option in said for option in command if option.startswith("--"))


def test_what_ends_has_a_timer_and_what_stays_is_started_again() -> None:
    """A service that ends is started by a timer of its name, which makes up for what it missed; others at boot."""
    timers = {timer.stem: _settings(timer) for timer in _DEPLOY.glob("*.timer")}
    services = {service.stem: _settings(service) for service in _SERVICES}
    ending = {name for name, unit in services.items() if unit["Type"] == "oneshot"}

    assert timers.keys() == ending
    assert all(timer["OnCalendar"] and timer["Persistent"] == "true" for timer in timers.values())
    assert {(services[name]["Restart"], services[name]["WantedBy"]) for name in services.keys() - ending} == {
        ("on-failure", "multi-user.target")
    }


def test_every_service_is_kept_from_what_is_not_its_own() -> None:
    """What one service may not do, no other may."""
    sandboxes = []
    for service in _SERVICES:
        text = service.read_text(encoding="utf-8")
        sandboxes.append(text[text.index("NoNewPrivileges") :].partition("\n\n")[0].strip())

    assert len(set(sandboxes)) == 1
