"""YAML as people and programs write it, with images planted in it: every style, every oddity."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.property.planted import planted
from tests.property.updating import name_of

TAGS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}", fullmatch=True),
    st.from_regex(r"v?[0-9]{1,2}\.[0-9]{1,2}(\.[0-9]{1,2})?", fullmatch=True),
    st.sampled_from(["1.10", "1.0", "0.10", "7", "31", "0123", "0o17", "0x1f", "1e3", "27e1396", "1_0", "12e1"]),
    st.sampled_from(["true", "null", "on", "y", "No", "2024-01-01", "20240101", "_"]),
)
_BLANKS = st.sampled_from([" ", "  "])
WORDS = st.sampled_from(["web", "größe", "b c", "x" * 300, "k8s.io/app", "naïve-键", "a.b/c_d", "🚀"])
PROSE = st.sampled_from(
    [
        "the one",
        "nginx:1.25",
        'it\'s "new"',
        "image: acme/old:1",
        "größe # twice",
        "'",
        "{{ x }}",
        "- a: [",
        "🚀 tag: 1",
    ]
)
SCALARS = st.one_of(
    st.sampled_from(["x", "'it''s # no'", '"a \\"b\\" \\u00e9 # no"', "~", "", "1.10", "&a{n} y", "!!str 1.9", "{{}}"]),
    st.sampled_from(["[a, 'b', {{c: d}}]", "a b:c", "x # note", "2024-01-01", "é ü", "!t {{a: b}}"]),
    st.sampled_from(
        ["&b{n}\n{i}  - 1\n{i}  - 2", "one\n{i}  two # end", '"one\n\n{i}  two"', '"' + "long " * 60 + '"']
    ),
    st.sampled_from(["|\n{i}  # no comment\n{i}  a: 'b\n\n{i}    deep", ">-  # folded\n{i}  some\n{i}  text: x\n"]),
)


@dataclass
class Written:
    """A text as it grows: how many images it holds, and how many of them any reader must find."""

    images: int = 0
    sure: set[int] = field(default_factory=set)
    anchors: int = 0


@dataclass(frozen=True)
class Document:
    """A planted text, and the numbers of the images that no reader may overlook."""

    text: str
    images: int
    sure: frozenset[int]


@st.composite
def files(draw: st.DrawFn) -> Document:
    """A file of one to three documents."""
    written = Written()
    parts = [_mapping(draw, written, "", 2) for _ in range(draw(st.integers(1, 2)))]
    text = draw(st.sampled_from(["", "# head\n", "---\n", "%YAML 1.1\n---\n", "\n\n--- # first\n"]))
    text += draw(st.sampled_from(["---\n", "...\n---\n", "--- # next\n"])).join(parts)
    text = draw(st.sampled_from([text, text.rstrip("\n"), text + "\n\n"]))
    text = text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"])))
    return Document(draw(st.sampled_from(["", "", "\ufeff"])) + text, written.images, frozenset(written.sure))


def _mapping(draw: st.DrawFn, written: Written, indent: str, depth: int, sure: bool = True) -> str:
    """Lines of a block mapping."""
    shapes = ["noise", "noise", "image", "pair", "flow", "list", "comment"]
    shapes += ["mapping", "block", "items"] * (depth > 0)
    lines = ""
    for number in range(draw(st.integers(1, 3))):
        shape = draw(st.sampled_from(shapes))
        lines += _SHAPES[shape](draw, written, indent, depth, f"k{number}", sure)
    return lines or f"{indent}k: v\n"


def _noise(draw: st.DrawFn, written: Written, indent: str, depth: int, key: str, sure: bool) -> str:
    word = draw(st.one_of(st.just(key), WORDS.map(lambda word: f"{word}{key}")))
    written.anchors += 1
    value = draw(SCALARS).format(i=indent, n=written.anchors)
    quote = draw(st.sampled_from(["", "'", '"']))
    return f"{indent}{quote}{word}{quote}:{draw(_BLANKS)}{value}{_note(draw, value)}\n"


def _note(draw: st.DrawFn, value: str) -> str:
    if "\n" in value or "#" in value:
        return ""
    return draw(st.sampled_from(["", "", "  ", " # " + draw(PROSE)]))


def _image(draw: st.DrawFn, written: Written, indent: str, depth: int, key: str, sure: bool) -> str:
    """A mapping of its own with an image in one value."""
    more = indent + draw(st.sampled_from([" ", "  ", "    "]))
    value = _planted(draw, written, whole=True, sure=sure)
    return f"{indent}{key}:{_note(draw, '')}\n{more}name: x\n{more}image:{draw(_BLANKS)}{value}{_note(draw, '')}\n"


def _planted(draw: st.DrawFn, written: Written, *, whole: bool, sure: bool) -> str:
    """A new image's reference or tag, in some style."""
    index = written.images
    written.images += 1
    if sure:
        written.sure.add(index)
    tag = draw(TAGS)
    quote = draw(st.sampled_from(["", "'", '"']))
    before = draw(st.sampled_from(["", "", f"&i{index} ", "!!str ", f"!!str &j{index} "]))
    return f"{before}{quote}{planted(index, f'{name_of(index)}:{tag}' if whole else tag)}{quote}"


def _pair(draw: st.DrawFn, written: Written, indent: str, depth: int, key: str, sure: bool) -> str:
    """A Helm chart's values: a repository and its tag, either first."""
    more = indent + draw(st.sampled_from([" ", "  ", "   "]))
    name = name_of(written.images)
    tag = _planted(draw, written, whole=False, sure=sure)
    lines = [f"repository: {name}", f"tag: {tag}{_note(draw, '')}", "pullPolicy: Always"]
    note = draw(st.sampled_from(["", f"{more}# {name}:1.0 was bad\n", "\n", "  \n"]))
    return f"{indent}{key}:\n" + note.join(f"{more}{line}\n" for line in draw(st.permutations(lines)))


def _flow(draw: st.DrawFn, written: Written, indent: str, depth: int, key: str, sure: bool) -> str:
    """The same on one line, or over several."""
    gap = draw(st.sampled_from([" ", "", f"\n{indent}    ", f" # {draw(PROSE)}\n{indent}   "]))
    value = _planted(draw, written, whole=True, sure=sure)
    return f"{indent}{key}: {{a: [1, 'x'],{gap or ' '}image: {value}{gap}}}{_note(draw, '')}\n"


def _list(draw: st.DrawFn, written: Written, indent: str, depth: int, key: str, sure: bool) -> str:
    """Kustomize's images."""
    name = name_of(written.images)
    tag = _planted(draw, written, whole=False, sure=False)
    dash = indent + draw(st.sampled_from(["", "  "]))
    return f"{indent}images:\n{dash}- name: {name}\n{dash}  newTag: {tag}\n"


def _comment(draw: st.DrawFn, written: Written, indent: str, depth: int, key: str, sure: bool) -> str:
    """Prose, at any depth."""
    return draw(st.sampled_from(["", "  ", indent])) + f"# {draw(PROSE)}\n" + draw(st.sampled_from(["", "\n", "  \n"]))


def _nested(draw: st.DrawFn, written: Written, indent: str, depth: int, key: str, sure: bool) -> str:
    more = indent + draw(st.sampled_from([" ", "  ", "   ", "       "]))
    return f"{indent}{key}:\n" + _mapping(draw, written, more, depth - 1, sure)


def _items(draw: st.DrawFn, written: Written, indent: str, depth: int, key: str, sure: bool) -> str:
    dash = indent + draw(st.sampled_from(["", "  "]))
    items = [_mapping(draw, written, dash + "  ", depth - 1, sure) for _ in range(draw(st.integers(1, 2)))]
    return f"{indent}{key}:\n" + "".join(f"{dash}-\n{item}" for item in items)


def _block(draw: st.DrawFn, written: Written, indent: str, depth: int, key: str, sure: bool) -> str:
    """YAML inside a block scalar."""
    more = indent + "  "
    head = draw(st.sampled_from(["|", "|-", "|+", "|  # nested"]))
    return f"{indent}{key}.yaml: {head}\n{more}top: 1\n" + _mapping(draw, written, more, depth - 1, sure=False)


_SHAPES = {
    "noise": _noise,
    "image": _image,
    "pair": _pair,
    "flow": _flow,
    "list": _list,
    "comment": _comment,
    "mapping": _nested,
    "block": _block,
    "items": _items,
}
