"""What a command says beside its answer, one line each on stderr, and how it ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

DONE, FAILED, MISUSED, IN_PART = 0, 1, 2, 3  # exit codes; a signal's is 128 + its number

_LISTING = {
    "story": "stories lists them",
    "variant": "story ID lists those of a story",
    "judgement": "judgements lists them",
    "run": "runs lists them",
    "hook": "hooks list lists them",
    "token": "token list lists them",
}


def say(line: str) -> None:
    """Say `line` on stderr, with nothing in it that a terminal would obey."""
    from ingest.safe import visible

    typer.echo(f"newsfold: {visible(line)}", err=True)


def give_up(*problems: str, code: int = MISUSED) -> NoReturn:
    """Say each problem in one line, and end with that exit code. Raises typer.Exit."""
    for problem in problems:
        say(problem)
    raise typer.Exit(code) from None


def not_there(line: str) -> NoReturn:
    """Say what is not there, as in `no run 9`, and which command lists those that are. Raises typer.Exit."""
    remedy = "".join(f": newsfold {said}" for thing, said in _LISTING.items() if line.startswith(f"no {thing} "))
    give_up(line + remedy, code=FAILED)


@contextmanager
def ending_well() -> Iterator[None]:
    """End in one line where nothing can be written, and without one where nobody reads on."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        # What is still in the buffer would be tried again, and complained about, when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # who reads, such as head, has what it wanted
            give_up(f"cannot write: {error.strerror}", code=FAILED)
