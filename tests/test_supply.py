"""What newsfold stands on: every package names a licence that we take, and a bill of materials names no other."""

import sys
from pathlib import Path

import pytest

_DEPLOY = Path(__file__).parents[1] / "deploy"


@pytest.fixture
def supply(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Give the names of deploy/supply.py, a script that finds the one beside it."""
    from runpy import run_path

    monkeypatch.syspath_prepend(str(_DEPLOY))
    names = run_path(str(_DEPLOY / "supply.py"))
    sys.modules.pop("keep", None)
    return names


def test_every_package_names_a_licence_that_we_take(supply: dict[str, object]) -> None:
    """None of what an install brings is without a licence, or under one that asks for more than we give."""
    licences, is_taken = supply["licences"], supply["is_taken"]
    assert callable(licences)
    assert callable(is_taken)

    found = licences()

    assert {"newsfold", "prefect", "trafilatura"} <= found.keys()
    assert not {"pytest", "mypy", "prefect-dask"} & found.keys()
    assert [name for name, said in found.items() if not is_taken(said)] == []
    assert not is_taken("GPL-3.0-only")
    assert not is_taken("AGPL-3.0-or-later")


def test_a_bill_of_materials_names_what_is_installed_alone(supply: dict[str, object]) -> None:
    """Tools for tests are left out, and so is what is said of them."""
    trimmed = supply["trimmed"]
    assert callable(trimmed)
    sbom = {
        "bomFormat": "CycloneDX",
        "metadata": {"component": {"bom-ref": "root"}},
        "components": [{"name": "Httpx", "bom-ref": "a"}, {"name": "pytest", "bom-ref": "b"}],
        "dependencies": [{"ref": "root", "dependsOn": ["a", "b"]}, {"ref": "b"}, {"ref": "a", "dependsOn": ["b"]}],
    }

    found = trimmed(sbom, {"httpx"})

    assert [one["name"] for one in found["components"]] == ["Httpx"]
    assert found["dependencies"] == [{"ref": "root", "dependsOn": ["a"]}, {"ref": "a", "dependsOn": []}]
    assert found["bomFormat"] == "CycloneDX"


def test_what_was_not_looked_at_is_no_clean_bill(supply: dict[str, object]) -> None:
    """A known fault is a line; a package that nobody could be asked about is counted as not looked at."""
    audited = supply["audited"]
    assert callable(audited)
    fault = {"id": "PYSEC-2026-1", "fix_versions": ["2.0"]}

    faults, unknown = audited(
        [
            {"name": "a", "version": "1.0", "vulns": [fault]},
            {"name": "b", "version": "1.0", "vulns": []},
            {"name": "c", "skip_reason": "not found"},
        ]
    )

    assert (faults, unknown) == (["a 1.0: PYSEC-2026-1, mended in 2.0"], ["not found"])
