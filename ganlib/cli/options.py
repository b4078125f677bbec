"""How options are read: a dataclass is a command's options, its comments are their help."""

import inspect
import re
from dataclasses import dataclass, field, fields, is_dataclass, make_dataclass
from typing import Annotated, Any, TypeVar

import tyro
from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

from ganlib.core import log
from ganlib.core.config import Schedule, Weight
from ganlib.core.errors import GanlibError

T = TypeVar("T")
REGISTRY = ConstructorRegistry()


@dataclass(frozen=True)
class Common:
    """Of every command that takes long or measures."""

    json: str = ""  # write the figures to this file too; - is standard output
    quiet: bool = False  # no progress bars


def parse_weight(text: str) -> Weight:
    """A number ("0.5") or a schedule ("0:1,50000:0.1": 1 at image 0, 0.1 from image 50,000 on);
    ValueError for anything else."""
    try:
        if ":" not in text:
            return float(text)
        pairs = (pair.split(":") for pair in text.split(","))
        return Schedule(tuple((float(images), float(value)) for images, value in pairs))
    except GanlibError as error:  # Said by the parser, which names the option.
        raise ValueError(str(error)) from error
    except ValueError as error:
        raise ValueError(
            f"{text!r} is neither a number nor a schedule; write 0.5, or 0:1,50000:0.1 for a value "
            "that goes from 1 at image 0 to 0.1 at image 50000"
        ) from error


def show_weight(weight: Weight) -> str:
    """What `parse_weight` reads."""
    return str(weight) if isinstance(weight, Schedule) else f"{weight:g}"


@REGISTRY.primitive_rule
def _weight_rule(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec[Any] | None:
    if info.type != Weight:
        return None
    return PrimitiveConstructorSpec(
        nargs=1,
        metavar="WEIGHT",
        instance_from_str=lambda words: parse_weight(words[0]),
        is_instance=lambda value: isinstance(value, int | float | Schedule),
        str_from_instance=lambda weight: [show_weight(weight)],
    )


def parse(options: type[T], words: list[str], prog: str, description: str, example: str) -> T:
    """An instance of a dataclass from words of the command line.

    Fields that are dataclasses themselves are groups of the help; their options need no prefix.
    Bad usage, or --help, prints and ends the process: with a suggestion for an unknown option.
    """
    text = f"{description}\n\nExample: {example}"
    flat = (tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff)
    with REGISTRY:
        found = tyro.cli(options, args=words, prog=prog, description=text, config=flat)
    log.quiet |= getattr(getattr(found, "common", found), "quiet", False)
    return found


def joined(name: str, default: Any, **groups: type) -> type:
    """A dataclass of the fields of `default`, a dataclass instance, and of further groups, which
    come first."""
    # A class that is made has no source whose comments could be read: here they are handed on.
    helps = dict(re.findall(r"^    (\w+): .*  # (.+)$", inspect.getsource(type(default)), re.M))
    own: list[Any] = []
    for about in fields(default):
        value = getattr(default, about.name)
        kind: Any = about.type
        if not is_dataclass(value):
            kind = Annotated[kind, tyro.conf.arg(help=helps[about.name])]
        own.append((about.name, kind, field(default=value)))
    return make_dataclass(name, [*groups.items(), *own], frozen=True)


def split(found: Any, config: type[T]) -> T:
    """The instance of `config` within what `joined` made."""
    given: Any = config
    return given(**{about.name: getattr(found, about.name) for about in fields(given)})
