"""Give a Prefect server the automations of a file: python -m flows.automations deploy/automations.yaml.

Prefect's own `automation create` adds a second one of the same name each time; this changes the one that is there, and
leaves a paused one paused. An automation that notifies names the block that carries the message (`notify`); it is left
out while the server has no such block.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.events.schemas.automations import AutomationCore


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of the automations of a file, by name."""

    created: list[str]
    updated: list[str]
    left_out: list[str]  # there is no block to notify by


def apply(path: Path) -> Applied:
    """Make the server's automations of these names those of the file.

    Raises OSError, yaml.YAMLError, and what Prefect's client does.
    """
    found = Applied(created=[], updated=[], left_out=[])
    with get_client(sync_client=True) as server:
        blocks = {block.name: block.id for block in server.read_block_documents()}
        for told in yaml.safe_load(path.read_text(encoding="utf-8"))["automations"]:
            block = told.pop("notify", None)
            if block is not None and block not in blocks:
                found.left_out.append(told["name"])
                continue
            actions = [
                action if block is None else action | {"block_document_id": blocks[block]}
                for action in told.pop("actions")
            ]
            _put(server, told | {"actions": actions}, found)
    return found


def _put(server: SyncPrefectClient, told: dict[str, Any], found: Applied) -> None:  # Any: as the file has it
    known = server.read_automations_by_name(told["name"])
    if not known:
        server.create_automation(AutomationCore(**told))
        found.created.append(told["name"])
        return
    server.update_automation(known[0].id, AutomationCore(**told, enabled=known[0].enabled))
    for another in known[1:]:
        server.delete_automation(another.id)
    found.updated.append(told["name"])


def main() -> None:
    """Apply the file named on the command line, and say what became of each automation."""
    done = apply(Path(sys.argv[1]))
    for what, names in (("created", done.created), ("updated", done.updated)):
        if names:
            print(f"{what}: {', '.join(names)}")  # noqa: T201  what the person who ran it wants to know
    if done.left_out:
        print(f"left out, no block has the name that they notify by: {', '.join(done.left_out)}")  # noqa: T201


if __name__ == "__main__":
    main()
