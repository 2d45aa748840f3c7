"""`delivery.title`, `commit_message`, `body` and `branch`: Jinja2 with next to nothing allowed.

A repository may bring its own title, so a template is hostile text. Jinja2's sandbox
keeps it from the program, but not from filling the memory; what is allowed here cannot:
a list shows as no more than its length, and a text longer than LONGEST_TEXT is given up while it is made.

Allowed: text, `{{ value }}` with dots, brackets, `~`, comparisons and `x if y else z`;
`{% if %}`; `{% for %}` that is not inside another; and the filters
`capitalize default first last length lower title trim truncate upper`.

The values are in `views.values`; a branch has `group`, `name` (the last part of the group) and `base` alone, because it
stays while versions change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tagwright.errors import ConfigError, Problem
from tagwright.model import Delivery

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.sandbox import SandboxedEnvironment

LONGEST = 4_000  # characters of a template
LONGEST_TEXT = 1 << 20  # characters that one may become
DEEPEST = 50  # expressions and blocks inside one another; the compiler below takes some ninety
FILTERS = ("capitalize", "default", "first", "last", "length", "lower", "title", "trim", "truncate", "upper")

_STATEMENTS = ("Template", "Output", "TemplateData", "If", "For")
_EXPRESSIONS = ("Name", "Const", "Getattr", "Getitem", "Concat", "CondExpr", "Compare", "Operand", "And", "Or", "Not")
_HINT = "see `delivery` in the README for the values and filters a template may use"


def render(template: str, values: Mapping[str, Any], about: str) -> str:
    """The template's text. `about` names the setting ("delivery.title"). Raises ConfigError for any mistake in it."""
    from jinja2 import TemplateError

    check(template, about)
    parts, room = [], LONGEST_TEXT
    try:
        for part in _environment().from_string(template).generate(values):
            parts.append(part)
            room -= len(part)
            if room < 0:
                raise _mistake(about, f"it becomes a text of more than {LONGEST_TEXT} characters")
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise _mistake(about, str(error)) from error
    return "".join(parts)


def check(template: str, about: str) -> None:
    """Refuse a template that could not be rendered whatever the values are. Raises ConfigError."""
    from jinja2 import TemplateSyntaxError

    if len(template) > LONGEST:
        raise _mistake(about, f"a template of {len(template)} characters; at most {LONGEST} are read")
    try:
        tree = _environment().parse(template)
    except TemplateSyntaxError as error:
        raise _mistake(about, f"line {error.lineno}: {error.message}") from error
    except RecursionError:
        raise _mistake(about, f"more than {DEEPEST} things stand inside one another") from None
    _walk(tree, about, inside_loop=False)


def mistakes(delivery: Delivery) -> tuple[Problem, ...]:
    """What is wrong with a delivery's templates, all at once."""
    found: list[Problem] = []
    for key in ("title", "commit_message", "body", "branch"):
        try:
            check(getattr(delivery, key), f"delivery.{key}")
        except ConfigError as error:
            found += error.problems
    return tuple(found)


def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
    environment.globals.clear()
    return environment


def _walk(node: nodes.Node, about: str, *, inside_loop: bool, depth: int = 0) -> None:
    kind = type(node).__name__
    if depth > DEEPEST:
        raise _mistake(about, f"line {node.lineno}: more than {DEEPEST} things stand inside one another")
    if kind == "Filter":
        if node.name not in FILTERS:  # type: ignore[attr-defined]  # every Filter has a name
            raise _mistake(about, f"line {node.lineno}: the filter {node.name!r} is not allowed")  # type: ignore[attr-defined]
    elif kind not in _STATEMENTS + _EXPRESSIONS or (kind == "For" and inside_loop):
        raise _mistake(about, f"line {node.lineno}: {kind} is not allowed{' inside a loop' if inside_loop else ''}")
    for child in node.iter_child_nodes():
        _walk(child, about, inside_loop=inside_loop or kind == "For", depth=depth + 1)


def _mistake(about: str, message: str) -> ConfigError:
    return ConfigError((Problem(about=about, code="template", message=message, hint=_HINT),))
