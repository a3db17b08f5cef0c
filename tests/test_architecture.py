"""Names and sizes that import contracts cannot say."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_PACKAGES = ("flows", "ingest", "storage", "query")
_MODULES = sorted(path for package in _PACKAGES for path in (_ROOT / package).rglob("*.py"))
_REFUSED = {"utils", "helpers", "common_utils", "core", "base", "misc"}


def test_no_module_is_long() -> None:
    """A module has at most 400 lines."""
    long = {str(path.relative_to(_ROOT)): lines for path in _MODULES if (lines := path.read_text().count("\n")) > 400}

    assert long == {}


def test_no_module_has_an_empty_name() -> None:
    """A module is named for what it does."""
    assert [path for path in _MODULES if path.stem in _REFUSED] == []


def test_no_flow_bears_the_name_of_a_package() -> None:
    """Prefect puts flows/ first on the import path: a module or room there would hide a package of its name."""
    names = {path.name.removesuffix(".py") for path in (_ROOT / "flows").glob("[!_]*")}
    packages = {*_PACKAGES, "tests", "newsfold", *sys.stdlib_module_names, *packages_distributions()}

    assert names & packages == set()


def test_what_is_imported_is_declared() -> None:
    """A package that a module names stands in pyproject.toml, and is not only brought by another one."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    named = [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]
    declared = {_distribution(re.split(r"[\[=<>]", each, maxsplit=1)[0]) for each in named}
    brought = {"dask"}  # by the one release of prefect-dask that is declared
    providers = packages_distributions()

    undeclared = {
        f"{path.relative_to(_ROOT)}: {package}"
        for path in _MODULES
        for package in _imported(path) - sys.stdlib_module_names - {*_PACKAGES, "_typeshed"}
        if not {*map(_distribution, providers.get(package, [package]))} & (declared | brought)
    }

    assert undeclared == set()


def _distribution(name: str) -> str:
    return re.sub("[-_.]+", "-", name.lower())


def _imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return {name.partition(".")[0] for name in names}


def test_every_module_tells_what_it_is() -> None:
    """A module begins with a docstring."""
    assert [path for path in _MODULES if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_pure_rooms_read_no_clock_and_no_environment() -> None:
    """Outside of loading and fetching, nothing in ingest asks for the time or the environment."""
    asking = ("datetime.now(", "time.time(", "os.environ", "getenv(")
    pure = [
        path for path in _MODULES if path.is_relative_to(_ROOT / "ingest") and not {"load", "fetch"} & {*path.parts}
    ]

    found = [(path.name, call) for path in pure for call in asking if call in path.read_text()]

    assert found == []


@pytest.mark.parametrize(
    "module", ["storage.store", "storage.queries", "ingest.cluster.analysis", "flows.loading.steps"]
)
def test_pipeline_does_without_prefect(module: str) -> None:
    """The steps of a load can be walked where Prefect is not even imported."""
    code = f"import sys, {module}; sys.exit('prefect' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=_ROOT, check=False).returncode == 0


def test_2_07_nothing_else_asks_the_web() -> None:
    """MUST_HANDLE 2.7: no library's own downloader is called; all goes through the one guarded client."""
    downloaders = ("fetch_url(", "fetch_response(", "urlopen(", "requests.get", "httpx.get(", "httpx.AsyncClient(")
    rooms = [path for path in _MODULES if path.name != "server.py"]  # which asks the Prefect server it started

    assert [(path.name, call) for path in rooms for call in downloaders if call in path.read_text()] == []
