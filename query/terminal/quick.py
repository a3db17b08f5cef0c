"""Commands that answer at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import nan
from typing import Any, overload

import typer
from typer import BadParameter
from typer.core import TyperCommand, TyperGroup

_UsageError: Any = BadParameter.__bases__[0]  # Any: Typer raises it, and has no public name for it


class UsageProblem(BadParameter):
    """A mistake in what was typed, told in one line that names it, and where to read on."""

    def show(self, file: Any = None) -> None:  # Any: as above
        """Write the line, where nothing else says it."""
        said = self.message.removeprefix("Invalid value: ").rstrip(".")
        name = self.ctx.command_path if self.ctx else "newsfold"
        typer.echo(f"newsfold: {said}{' See' if said.endswith('?') else '; see'} {name} --help", file, err=True)


class QuickCommand(TyperCommand):
    """A command whose parameters are texts and flags, taken as they come; each argument has a metavar and a help.

    Typer converts every value with pydantic, even one that nobody gave; importing that takes 0.2 s.
    """

    def get_params(self, ctx: Any) -> list[Any]:  # Any: Typer's own classes have no public names
        """Give the parameters, which will convert nothing."""
        return [_as_given(param) for param in super().get_params(ctx)]


class QuickGroup(TyperGroup):
    """A group whose own options cost nothing until someone gives them, and which tells of mistakes in one line."""

    def make_context(self, *args: Any, **more: Any) -> Any:  # Any: as above
        """Read what was typed up to the command's name."""
        with _in_a_line():
            return super().make_context(*args, **more)

    def invoke(self, ctx: Any) -> Any:  # Any: as above
        """Run the command."""
        with _in_a_line():
            return super().invoke(ctx)

    def get_params(self, ctx: Any) -> list[Any]:  # Any: as above
        """Give the parameters, which will convert nothing that was not given."""
        return [_as_given(param) for param in super().get_params(ctx)]


@contextmanager
def _in_a_line() -> Iterator[None]:
    try:
        yield
    except _UsageError as error:
        # Without any argument a group shows its help, which is no mistake.
        if isinstance(error, UsageProblem) or type(error).__name__ == "NoArgsIsHelpError":
            raise
        raise UsageProblem(error.format_message(), ctx=error.ctx) from error


@overload
def whole_number(name: str, text: str, *, most: int | None = None) -> int: ...
@overload
def whole_number(name: str, text: None, *, most: int | None = None) -> None: ...
def whole_number(name: str, text: str | None, *, most: int | None = None) -> int | None:
    """Give the number from 1 to `most` that `text` is, which is None where it was not given.

    Without `most` it is the number of a story, a variant, a run, ... Raises BadParameter, which names the parameter.
    """
    if text is None:
        return None
    if most is None:
        from storage.reading import MOST_ID

        most = MOST_ID
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise BadParameter(f"{name}: give a whole number from 1 to {most:,}, not {text!r}")
    return int(text)


def number_from(least: float, name: str, text: str) -> float:
    """Give the number from `least` to 1 that `text` is.

    Raises BadParameter, which names the parameter.
    """
    try:
        number = float(text)
    except ValueError:
        number = nan
    if not least <= number <= 1:
        raise BadParameter(f"{name}: give a number from {least:g} to 1, not {text!r}")
    return number


def one_of(name: str, text: str | None, known: tuple[str, ...]) -> str | None:
    """Give `text`, which is one of `known` or was not given.

    Raises BadParameter, which names the parameter and what is known.
    """
    if text is not None and text not in known:
        raise BadParameter(f"{name}: {text!r} is none of {', '.join(known)}")
    return text


def _as_given(param: Any) -> Any:  # Any: as above
    """Let `param` take a value as it comes, unless it does more with it than to hand it on."""
    if "process_value" in vars(param):
        return param
    if param.param_type_name == "argument":
        # Its metavar is how it is typed: Typer would put brackets around it, and Python's type behind it.
        param.get_usage_pieces = lambda ctx: [param.metavar]  # noqa: ARG005  as click calls it
        param.get_help_record = lambda ctx: (param.metavar, param.help)  # noqa: ARG005
    convert, callback = param.process_value, param.callback

    def process_value(ctx: Any, value: Any) -> Any:
        was_given = value is not None and value != ()
        if (was_given and callback is None) or not (was_given or param.required):
            return callback(ctx, param, value) if callback is not None else value
        return convert(ctx, value)

    param.process_value = process_value
    return param
