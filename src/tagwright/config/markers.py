"""What a marker beside a value says: a policy, or a hold, in one line of settings."""

from __future__ import annotations

from dataclasses import replace

from tagwright.config.nodes import Node, Place, suggestion
from tagwright.config.policy_options import POLICY
from tagwright.config.shapes import Moment
from tagwright.config.times import in_utc
from tagwright.errors import ConfigError
from tagwright.model import Hold, PolicySpec

# Beside the policy's own keys, dashes for underscores; filter's two keys stand alone.
_OTHER_KEYS = ("image", "group", "resume", "hold", "reason", "until", "pattern", "extract")
_LISTS = ("allow", "ignore", "platforms")
_PROSE = "words for people stand behind another #: # tagwright: semver=^1 # see the handbook"

Settings = tuple[tuple[str, str], ...]


def marker_policy(settings: Settings, where: str = "marker", line: int = 0) -> PolicySpec | Hold:
    """What an inline marker asks for. Raises ConfigError with every mistake, keys spelled as in the marker."""
    at = Place(where, "marker", line, repository=True)
    keys = _marker_keys(settings, at)
    wanted = _hold(keys, at) if "hold" in keys else _policy(keys, at)
    if at.mistakes or wanted is None:
        raise ConfigError(at.sorted())
    return wanted


def _marker_keys(settings: Settings, at: Place) -> dict[str, Node]:
    """The marker's settings as nodes; a key that may be said many times gathers them."""
    known = [key.replace("_", "-") for key in POLICY.options if key != "filter"] + list(_OTHER_KEYS)
    prose = sum(not text and written not in known for written, text in settings) > 1
    keys: dict[str, Node] = {}
    for written, text in settings:
        key = written.replace("-", "_")
        node = Node(text or "true", at.line)
        if written not in known:
            at.key(written).mistake("unknown key", _PROSE if prose else suggestion(written, known))
            if prose:
                break
        elif key in _LISTS:
            items = text.split(",") if key == "platforms" else [text]
            before = keys[key].value if key in keys else ()
            assert isinstance(before, tuple)
            keys[key] = Node((*before, *(Node(item, at.line, plain=False) for item in items)), at.line)
        elif key in keys:
            at.key(written).mistake("stands twice")
        else:
            keys[key] = node
    return keys


def _policy(keys: dict[str, Node], at: Place) -> PolicySpec | None:
    policy = {key: node for key, node in keys.items() if key in POLICY.options}
    parts: dict[str, Node] = {key: keys[key] for key in ("pattern", "extract") if key in keys}
    if parts:
        policy["filter"] = Node(parts, at.line)
    for key in ("reason", "until"):
        if key in keys:
            at.key(key).mistake("belongs to a hold", 'write hold reason="why" until=2030-12-31')
    if at.marred() and not policy.keys() & set(POLICY.one_of):
        return None  # the kind is what is misspelt, which is said already
    own = replace(at, mistakes=[])
    spec = POLICY.read(Node(policy, at.line), own)
    at.mistakes.extend(replace(found, message=_as_written(found.message)) for found in own.mistakes)
    return spec if isinstance(spec, PolicySpec) else None


def _as_written(message: str) -> str:
    """A mistake with its key as markers spell it: minimum-age, not minimum_age."""
    place, colon, rest = message.partition(":")
    return place.replace("_", "-") + colon + rest


def _hold(keys: dict[str, Node], at: Place) -> Hold:
    reason, until = keys.get("reason"), keys.get("until")
    for key in keys.keys() - {"hold", "reason", "until", "image", "group"}:
        at.key(key.replace("_", "-")).mistake("does not go with hold", "a hold has a reason and a date, until")
    moment = Moment().read(until, at.key("until")) if until else None
    return Hold(
        str(reason.value) if reason else "", in_utc(moment) if moment else None, f"{at.file}:{at.line}" * bool(at.line)
    )
