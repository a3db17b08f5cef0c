"""Options that several commands have: texts and flags only, see QuickCommand."""

from typing import Annotated

import typer

Db = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="URL",
        help="sqlite:///PATH or postgresql://HOST/NAME [NEWSFOLD_DATABASE_URL, else sqlite:///newsfold.db].",
    ),
]
Sources = Annotated[
    str | None,
    typer.Option("--sources", metavar="PATH", help="The list of sources [NEWSFOLD_SOURCES, else sources.toml]."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing while all goes well.")]
AllowPrivate = Annotated[
    bool, typer.Option("--allow-private", help="Ask addresses of this machine and of private networks too.")
]
