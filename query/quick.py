"""Commands that answer at once."""

from math import nan
from typing import Any

from typer import BadParameter
from typer.core import TyperCommand, TyperGroup


class QuickCommand(TyperCommand):
    """A command whose parameters are texts and flags, taken as they come.

    Typer converts every value with pydantic, even one that nobody gave; importing that takes 0.2 s.
    """

    def get_params(self, ctx: Any) -> list[Any]:  # Any: Typer's own classes have no public names
        """Give the parameters, which will convert nothing."""
        return [_as_given(param) for param in super().get_params(ctx)]


class QuickGroup(TyperGroup):
    """A group whose own options cost nothing until someone gives them."""

    def get_params(self, ctx: Any) -> list[Any]:  # Any: as above
        """Give the parameters, which will convert nothing that was not given."""
        return [_as_given(param) for param in super().get_params(ctx)]


def whole_number(name: str, text: str, *, most: int) -> int:
    """Give the number from 1 to `most` that `text` is.

    Raises BadParameter, which names the parameter.
    """
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
    convert, callback = param.process_value, param.callback

    def process_value(ctx: Any, value: Any) -> Any:
        was_given = value is not None and value != ()
        if (was_given and callback is None) or not (was_given or param.required):
            return callback(ctx, param, value) if callback is not None else value
        return convert(ctx, value)

    param.process_value = process_value
    return param
