"""YAML that people write for Tagwright: text -> nodes that know their lines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tagwright.config.nodes import Node, Place
from tagwright.errors import ConfigError, Problem

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node as YamlNode

_MOST_NODES = 200_000  # a file of aliases can stand for more values than there is memory


def document(data: bytes, at: Place) -> Node:
    """The document as nodes with lines; duplicate keys are mistakes. Raises ConfigError where it is no YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        root = YAML(typ="safe", pure=True).compose(data.decode("utf-8-sig"))
        return Node({}) if root is None else _node(root, at, iter(range(_MOST_NODES)))
    except UnicodeDecodeError:
        problem = Problem(at.file, "config", "is no UTF-8 text", path=at.file)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        alias = error.context in ("while scanning an alias", "while scanning an anchor")
        hint = "put quotes around a text that begins with * or &" if alias else ""
        said = f"is no YAML: {_without_quotes(error.problem)}"
        problem = Problem(at.file, "config", said, hint, path=at.file, line=line)
    except (YAMLError, RecursionError):
        problem = Problem(at.file, "config", "is no YAML that can be read", path=at.file)
    except StopIteration:
        problem = Problem(at.file, "config", f"holds more than {_MOST_NODES} values", path=at.file)
    raise ConfigError((problem,))


def _without_quotes(problem: str | None) -> str:
    """What the parser says, without the name it quotes: an alias or tag can be a mistyped secret."""
    return (problem or "it ends in the middle").partition(" '")[0]


def _node(found: YamlNode, at: Place, budget: Any, line: int = 0) -> Node:
    from ruamel.yaml.nodes import ScalarNode, SequenceNode

    next(budget)
    line = line or found.start_mark.line + 1
    if isinstance(found, SequenceNode):
        return Node(tuple([_node(item, at, budget) for item in found.value]), line)
    if isinstance(found, ScalarNode):
        return Node(found.value, line, plain=not found.style)
    keys: dict[str, Node] = {}
    for key, value in found.value:
        key_line = key.start_mark.line + 1
        if key.id != "scalar" or key.value in keys:
            what = "a key stands twice" if key.id == "scalar" else "a key that is no text"
            replace(at, line=key_line).mistake(
                what, f"first on line {keys[key.value].line}" if key.id == "scalar" else ""
            )
        else:
            keys[key.value] = _node(value, at, budget, key_line)
    return Node(keys, line)
