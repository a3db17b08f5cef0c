"""Remove every installed package but those named and what they need: python keep.py newsfold.

--alone NAME keeps a package without what it says it needs. Run by the environment's own Python, whose pip goes last.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distributions, requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def needed(roots: Iterable[str]) -> set[str]:
    """Give the names of the installed packages that `roots` need, with them: `psycopg[binary]` asks for its extra."""
    found: set[tuple[str, str]] = set()
    rest = [Requirement(root) for root in roots]
    while rest:
        asked = rest.pop()
        name = canonicalize_name(asked.name)
        for extra in {"", *asked.extras}:
            if (name, extra) not in found and (listed := _requires(name)) is not None:
                found.add((name, extra))
                rest += [one for one in listed if one.marker is None or one.marker.evaluate({"extra": extra})]
    return {name for name, _ in found}


def _requires(name: str) -> list[Requirement] | None:
    try:
        return [Requirement(said) for said in requires(name) or []]
    except PackageNotFoundError:
        return None  # for another system or Python, as its marker says where it is asked for


def main() -> None:
    """Uninstall what is not needed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("roots", nargs="+")
    parser.add_argument("--alone", action="append", default=[])
    asked = parser.parse_args()
    kept = needed(asked.roots) | {canonicalize_name(name) for name in asked.alone}
    installed = {canonicalize_name(one.metadata["Name"]) for one in distributions()}
    if missing := {canonicalize_name(Requirement(root).name) for root in asked.roots} - installed:
        sys.exit(f"not installed: {', '.join(sorted(missing))}")
    gone = sorted(installed - kept - {"pip"})
    subprocess.run([sys.executable, "-m", "pip", "uninstall", "--quiet", "--yes", *gone, "pip"], check=True)


if __name__ == "__main__":
    main()
