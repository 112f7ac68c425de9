"""Commands that start quickly.

The command line library imports pydantic, a tenth of a second, to turn the text "5" into 5, and to
find that help was not asked for. Text, lists of text, numbers and flags need none of that, and
their mistakes are told in plain words; any other parameter is still read by the library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import typer
from typer.core import TyperCommand, TyperGroup

from acdengine.program.cli.control.refusing import stop_mistyped

if TYPE_CHECKING:
    from typer._click.core import Context, Parameter

#: What the library raises for a mistyped command.
_UsageError: Final = cast("type[Exception]", typer.BadParameter.__mro__[1])
#: Kinds of numbers, by the annotations of parameters that are one.
_NUMBERS: Final[dict[object, type[int] | type[float]]] = {
    int: int, int | None: int, float: float, float | None: float,
}  # fmt: skip
_PLAIN: Final = (str, bool, list[str], *_NUMBERS)


def _read_plainly(parameters: list[Parameter]) -> list[Parameter]:
    for parameter in parameters:
        descriptor = getattr(parameter, "type_descriptor", None)
        if descriptor is not None and descriptor.annotation in _PLAIN:
            parameter._runtime_param = _Plain(descriptor)  # type: ignore[attr-defined]
    return parameters


class QuickCommand(TyperCommand):
    """A command whose plain parameters are read here."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """All parameters, the option for help too."""
        return _read_plainly(super().get_params(ctx))

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: Context | None = None,
        **extra: Any,  # noqa: ANN401 - passed on to the command line library
    ) -> Context:
        """Read what was typed; what is wrong with it is told as JSON where that is asked for."""
        as_json = "--json" in args
        try:
            return super().make_context(info_name, args, parent, **extra)
        except _UsageError as error:
            if as_json:
                stop_mistyped(error)
            raise

    def invoke(self, ctx: Context) -> Any:  # noqa: ANN401 - as the library does
        """Run it; the same for what only the command itself can tell."""
        try:
            return super().invoke(ctx)
        except _UsageError as error:
            if ctx.params.get("as_json"):
                stop_mistyped(error)
            raise


class QuickGroup(TyperGroup):
    """The same for a group of commands."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """All parameters, the option for help too."""
        return _read_plainly(super().get_params(ctx))


class _Plain:
    """Stands in for the library's own reading of one parameter."""

    def __init__(self, descriptor: Any) -> None:  # noqa: ANN401 - private to the library
        self._number = _NUMBERS.get(descriptor.annotation)
        self._least = descriptor.parameter_info.min
        self._most = descriptor.parameter_info.max
        self._is_list = descriptor.annotation == list[str]

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ANN401 - as the library does
        if value is None:
            return () if self._is_list else None
        if self._number is None:
            return value
        try:
            number = self._number(value)
        except ValueError:
            kind = "whole number" if self._number is int else "number"
            raise typer.BadParameter(f"{value!r} is no {kind}", ctx, param) from None
        if self._least is not None and not number >= self._least:
            raise typer.BadParameter(f"{value} is less than {self._least}", ctx, param)
        if self._most is not None and not number <= self._most:
            raise typer.BadParameter(f"{value} is more than {self._most}", ctx, param)
        return number
