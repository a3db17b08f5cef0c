"""A name no flow may bear."""

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import flows


def test_no_module_of_flows_hides_a_package() -> None:
    """Prefect can put the folder flows/ first on the import path: a module there would hide a package of its name."""
    modules = {path.stem for path in Path(flows.__path__[0]).glob("*.py")} - {"__init__"}
    ours = {"flows", "ingest", "storage", "query", "newsfold", "tests"}

    assert modules.isdisjoint(ours | set(packages_distributions()) | sys.stdlib_module_names)
