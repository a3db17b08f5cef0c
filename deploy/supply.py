"""What newsfold stands on: python deploy/supply.py licences | sbom TOOLS | audit TOOLS.

    licences        each package that an install brings, and its licence; 1 where one says none, or none that we take
    sbom TOOLS      the same as a bill of materials, CycloneDX 1.6 in JSON, by cyclonedx-py of the environment TOOLS
    audit TOOLS     known faults of the versions in requirements.lock, asked for by pip-audit; 1 where there are some

An audit needs the network. Where nobody answers, it says loudly that nothing was looked at; with AUDIT=required that
is 1 too.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Collection, Sequence
from email.message import Message
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from keep import needed
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parents[1]
_LOCK = _ROOT / "requirements.lock"
# Of a choice, one that we take is enough: "GPL-2.0-only OR MPL-1.1". LGPL: used as it is, and can be exchanged.
_TAKEN = re.compile(
    r"\b(MIT(-0)?|Apache|BSD|0BSD|ISCL?|MPL|Mozilla|PSF|Python|LGPL-?|Lesser|Zlib|CC0|CNRI|Artistic|Unlicense)\b", re.I
)


def main() -> int:
    """Do what the command line says; give the exit code."""
    match sys.argv[1:]:
        case ["licences"]:
            return _licences()
        case ["sbom", tools]:
            return _sbom(Path(tools))
        case ["audit", tools]:
            return _audit(Path(tools), is_required=os.environ.get("AUDIT") == "required")
    sys.exit(__doc__)


def licences() -> dict[str, str]:
    """Give the licence of each package that an install brings, as it says itself; "" where it says none."""
    runtime = needed(["newsfold"])
    found = {canonicalize_name(one.metadata["Name"]): licence(one.metadata) for one in distributions()}
    return {name: found[name] for name in sorted(runtime & found.keys())}


def licence(said: Any) -> str:  # Any: an email.message.Message, under a name that differs between Pythons
    """Give the licence that a package's metadata name, in one line."""
    message: Message = said
    if expression := message.get("License-Expression"):
        return str(expression)
    classes = [line.split(" :: ")[-1] for line in message.get_all("Classifier") or [] if line.startswith("License ::")]
    text = str(message.get("License") or "").strip()
    return "; ".join(classes) or (text.splitlines()[0][:80] if text else "")


def is_taken(name: str) -> bool:
    """Whether a licence of this name, or one of its choices, is one that we take.

    >>> is_taken("GPL-3.0-only"), is_taken("MPL-1.1 OR GPL-2.0-only"), is_taken("")
    (False, True, False)
    """
    return bool(_TAKEN.search(name))


def trimmed(sbom: dict[str, Any], names: Collection[str]) -> dict[str, Any]:  # Any: JSON
    """Give a bill of materials of these packages alone, with what is said of how they depend on one another."""
    kept = [one for one in sbom.get("components", []) if canonicalize_name(one["name"]) in names]
    known = {one["bom-ref"] for one in kept} | {sbom.get("metadata", {}).get("component", {}).get("bom-ref")}
    links = [
        {**one, "dependsOn": [ref for ref in one.get("dependsOn", []) if ref in known]}
        for one in sbom.get("dependencies", [])
        if one["ref"] in known
    ]
    return {**sbom, "components": kept, "dependencies": links}


def _licences() -> int:
    found = licences()
    for name, said in found.items():
        print(f"{name:<28} {said or 'SAYS NONE'}")
    refused = [name for name, said in found.items() if not is_taken(said)]
    if refused:
        print(f"\nNO LICENCE THAT WE TAKE: {', '.join(refused)}", file=sys.stderr)
    return 1 if refused else 0


def _sbom(tools: Path) -> int:
    tool = [str(tools / "bin" / "cyclonedx-py"), "environment", "--output-reproducible", "--spec-version", "1.6"]
    made = subprocess.run(
        [*tool, "--pyproject", str(_ROOT / "pyproject.toml"), sys.executable], stdout=subprocess.PIPE, check=True
    )
    print(json.dumps(trimmed(json.loads(made.stdout), needed(["newsfold"])), indent=2))
    return 0


def _audit(tools: Path, *, is_required: bool) -> int:
    tool = [str(tools / "bin" / "pip-audit"), "--requirement", str(_LOCK), "--disable-pip", "--require-hashes"]
    done = subprocess.run([*tool, "--format", "json"], capture_output=True, text=True, check=False)
    faults, unknown = audited(json.loads(done.stdout)["dependencies"] if done.stdout.strip() else [])
    for line in faults:
        print(line)
    if faults or (done.stdout.strip() and not unknown):
        print(f"{len(faults)} known faults in the versions of requirements.lock")
        return 1 if faults else 0
    print("*" * 100, file=sys.stderr)
    print(f"NOT AUDITED: {len(unknown) or 'all'} packages of requirements.lock.", file=sys.stderr)
    print(f"Nobody who knows of faults answers: {_reason(unknown, done.stderr)}", file=sys.stderr)
    print("Run `make audit` where the network is open before a release; AUDIT=required fails here.", file=sys.stderr)
    print("*" * 100, file=sys.stderr)
    return 1 if is_required else 0


def audited(said: Sequence[dict[str, Any]]) -> tuple[list[str], list[str]]:  # Any: JSON
    """Give of what pip-audit said a line for each known fault, and why packages were not looked at.

    That tool takes a package which it cannot ask about for one without faults.
    """
    faults = [
        f"{one['name']} {one['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'no version'}"
        for one in said
        for fault in one.get("vulns", [])
    ]
    return faults, [one["skip_reason"] for one in said if "skip_reason" in one]


def _reason(unknown: Sequence[str], said: str) -> str:
    return (unknown[0] if unknown else (said.strip().splitlines() or ["no answer"])[-1])[:200]


if __name__ == "__main__":
    sys.exit(main())
