"""`choose`: policies tried on lists of tags, without a registry."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from tagwright.choose import choose
from tagwright.config.policy_options import policy_spec
from tagwright.errors import TagwrightError, UsageError
from tagwright.flags import KINDS
from tagwright.model import Candidate, Choice
from tagwright.views.rulings import rulings


def answers(lines: Iterable[str]) -> Iterator[str]:
    """One JSON line for each JSON line, in order; a line that cannot be judged answers with its error."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _answer(line, f"line {number}")


def explained(args: argparse.Namespace, lines: Iterable[str]) -> str:
    """For people: the choice among the tags, one a line, and why not the others. Raises UsageError."""
    tags = [text for number, line in enumerate(lines, 1) if (text := _text(line, f"line {number}").strip())]
    choice = _choice({"policy": _policy(args), "current": args.current, "tags": tags})
    lines = [f"{choice.verdict}: {choice.chosen.tag}" if choice.chosen else str(choice.verdict)]
    return "\n".join([*lines, *(f"  {line}" for line in rulings(choice.rulings()))])


def _answer(line: str, where: str) -> str:
    import json

    from tagwright.views import json_v1

    name = where
    try:
        case = json.loads(_text(line, where))
        if not isinstance(case, dict):
            raise UsageError("a case is an object", hint='{"policy": {…}, "current": …, "tags": […]}')
        name = str(case.get("name", where))
        return json_v1.choice(name, _choice(case))
    except RecursionError:
        return json_v1.choice_error(name, "usage", f"{where}: nested too deep")
    except UnicodeEncodeError:
        return json_v1.choice_error(name, "usage", f"{where}: half of a surrogate pair (\\ud800 to \\udfff) is no text")
    except ValueError as error:
        return json_v1.choice_error(name, "usage", f"{where}: not JSON: {error}")
    except TagwrightError as error:
        return json_v1.choice_error(name, error.code, error.message)


def _text(line: str, where: str) -> str:
    """The line, if its bytes were UTF-8: others were read as lone surrogates. Raises UsageError."""
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(f"{where}: not UTF-8", hint="save it as UTF-8") from None
    return line


def _choice(case: dict[str, Any]) -> Choice:
    spec = policy_spec(_field(case, "policy", dict) or {}, "policy")
    now = _date(case, "now") or datetime.now(UTC)
    tags = [_candidate(tag) for tag in _field(case, "tags", list) or ()]
    choice = choose(spec, _field(case, "current", str), tags, now, offline=True)
    assert isinstance(choice, Choice)  # offline, nothing is wanted
    return choice


def _candidate(tag: Any) -> Candidate:
    """A tag's name, or an object with what is known of it: here there is nobody to ask for more."""
    if isinstance(tag, str):
        return Candidate(tag, described=True)
    if not isinstance(tag, dict) or not isinstance(tag.get("tag"), str):
        raise UsageError(f"a tag is {_shown(tag)}", hint='expected "1.2.0" or {"tag": "1.2.0", …}')
    platforms = _field(tag, "platforms", list)
    return Candidate(
        tag["tag"],
        digest=_field(tag, "digest", str),
        created=_date(tag, "created"),
        pushed=_date(tag, "pushed"),
        platforms=None if platforms is None else tuple(map(str, platforms)),
        described=True,
        first_seen=_date(tag, "first_seen"),
        before=_field(tag, "before", str),
    )


def _field(case: dict[str, Any], key: str, kind: type) -> Any:
    """A value of the kind it must be, or None where it is not given."""
    value = case.get(key)
    if value is None or isinstance(value, kind):
        return value
    words: dict[type, str] = {dict: "an object", list: "a list", str: "a text"}
    raise UsageError(f"{key} is {_shown(value)}, expected {words[kind]}")


def _shown(value: Any) -> str:
    import json

    return json.dumps(value)[:80]


def _date(case: dict[str, Any], key: str) -> datetime | None:
    """A date and time as RFC 3339 writes it; without a zone it is UTC."""
    text = _field(case, key, str)
    if text is None:
        return None
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{key} is {text[:80]!r}, expected a date such as 2026-01-02T03:04:05Z") from None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _policy(args: argparse.Namespace) -> dict[str, Any]:
    """The flags of `choose` as the mapping a configuration would have."""
    policy: dict[str, Any] = {kind: getattr(args, kind) for kind in KINDS if getattr(args, kind) is not None}
    if args.pattern:
        policy["filter"] = {"pattern": args.pattern, **({"extract": args.extract} if args.extract else {})}
    for key in ("allow", "ignore"):
        if getattr(args, key):
            policy[key] = getattr(args, key)
    for key in ("prereleases", "allow_downgrade"):
        if getattr(args, key):
            policy[key] = True
    return policy or {"compatible": "minor"}
