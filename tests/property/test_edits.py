"""Promises about edits, each a class; the text is made up, the promise is not."""

from __future__ import annotations

from hypothesis import event, given
from hypothesis import strategies as st

from tagwright import edits, prefilter, proof, scan
from tagwright.image import Image
from tagwright.model import Edit, Reference

names = st.sampled_from(["nginx", "acme/api", "ghcr.io/acme/api", "localhost:5000/x", "quay.io/a/b/c"])
tags = st.one_of(
    st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}", fullmatch=True),
    st.sampled_from(["1.10", "true", "null", "1e3", "0x1f", "2024-01-01", "on", "123", "0123", "12e1", "~", "1_0"]),
).filter(lambda tag: tag != "~")
prose = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=8).map(
    lambda text: text.replace("{{", "").strip()
)
eol = st.sampled_from(["\n", "\r\n"])
quotes = st.sampled_from(["", "'", '"'])
PIECES = [*"-:{}[]&*!|>'\"#%@` \n\tab", "image: ", "a/b:1", "tag: ", "repository: ", "---\n", "{{", "}}"]
PIECES += ["# tagwright: hold", '# {"$imagepolicy": "a:b"}']


@st.composite
def apart(draw: st.DrawFn) -> tuple[str, str]:
    """A name, and values that write it apart at any of its slashes, in every spelling of the host's key and value."""
    host = draw(st.sampled_from(["ghcr.io", "localhost:5000", "docker.io", "[::1]:5000", "acme"]))
    parts = [host, *draw(st.lists(st.sampled_from(["a", "acme", "team-1", "api", "x.y__z"]), min_size=1, max_size=4))]
    cut = draw(st.integers(1, len(parts) - 1))
    registry, repository, name = "/".join(parts[:cut]), "/".join(parts[cut:]), "/".join(parts)
    key = draw(st.sampled_from(["registry", "'hub'", '"imageRegistry"', "? registry\n ", "? hub # c\n "]))
    value = draw(
        st.sampled_from(
            ["{}", "'{}'", '"{}"', "&r {}", "!!str {}", "# c\n  {}", "\n  {}", ">-\n  {}", "&r\n  {}", "*h"]
        )
    )
    written = f"{key}: {value.format(registry)}"
    quote = draw(quotes)
    lines = [written, f"repository: {quote}{repository}{quote}", "tag: 1"]
    body = "\n".join(f" {line}".replace("\n", "\n ") for line in draw(st.permutations(lines)))
    above = draw(st.sampled_from([f"h: &h {registry}\n", f"registry: &h {registry}\n", f"h: &h '{registry}'\n"]))
    return name, f"{above}i:\n{body}\n"


@st.composite
def files(draw: st.DrawFn) -> str:
    """A file of several shapes with comments, quotes, line ends and letters of every kind."""
    end, lines = draw(eol), []
    for index in range(draw(st.integers(1, 5))):
        name, tag, quote, note = draw(names), draw(tags), draw(quotes), draw(prose)
        shape = draw(st.sampled_from(["k8s", "flow", "helm", "split", "kustomize", "document"]))
        lines += {
            "k8s": [f"a{index}:", f"  - image: {quote}{name}:{tag}{quote} # {note}"],
            "flow": [f"b{index}: {{x: {quote}y{quote}, image: {quote}{name}:{tag}{quote}}}   # {note}"],
            "helm": [
                f"c{index}:",
                f"  tag:  {quote}{tag}{quote}",
                f"  # {note}",
                f"  repository: {name}",
                '  digest: ""',
            ],
            "split": [f"d{index}: {{registry: r.io, repository: x/y, tag: {quote}{tag}{quote}}}"],
            "kustomize": [f"e{index}:", "  images:", f"  - {{name: {name}, newTag: {quote}{tag}{quote}}}"],
            "document": ["---", f"# {note}"],
        }[shape]
    return draw(st.sampled_from(["", "\ufeff"])) + end.join(lines) + draw(st.sampled_from(["", end]))


def all_to(text: str, tag: str) -> tuple[bytes, list[Edit], tuple[Reference, ...]]:
    """Every reference of the file moved to one tag."""
    data = text.encode()
    found = scan.scan_file("a.yaml", data).references
    made = [edit for one in found for edit in edits.for_update(one, Image("", tag))]
    return edits.rewrite("a.yaml", data, made), made, found


class TestEditsTouchOnlyTheirSpans:
    """Text outside the edits is identical, and undoing them gives the first text back."""

    @given(files(), tags)
    def test_it(self, text: str, tag: str) -> None:
        """Splicing by hand and undoing agree with what was written."""
        after, made, _ = all_to(text, tag)
        undo, shift = [], 0
        for edit in sorted(set(made), key=lambda edit: edit.start):
            start = edit.start + shift
            undo.append(Edit(edit.path, start, start + len(edit.new), edit.new, edit.old))
            shift += len(edit.new) - len(edit.old)
        assert edits.rewrite("a.yaml", after, undo) == text.encode()


class TestWhatIsWrittenIsFound:
    """Scanning the result finds exactly the new images, and a second update has nothing to do."""

    @given(files(), tags)
    def test_it(self, text: str, tag: str) -> None:
        """The same places, the new tag; the proof agrees."""
        after, made, found = all_to(text, tag)
        again = scan.scan_file("a.yaml", after).references
        assert [(one.where, one.image) for one in again] == [(o.where, Image(o.image.name, tag)) for o in found]
        assert all_to(after.decode(), tag)[0] == after
        proof.prove("a.yaml", text.encode(), after, made, found, [Image("", tag)] * len(found))


class TestSpansAreBytes:
    """`span` is the byte range of the value, line and column its place in code points."""

    @given(files())
    def test_it(self, text: str) -> None:
        """Slicing bytes and slicing lines both give the text of the first slot."""
        data = text.encode()
        for one in scan.scan_file("a.yaml", data).references:
            line = text.removeprefix("\ufeff").split("\n")[one.line - 1]
            wanted = one.slots[0].text
            assert data[slice(*one.span)].decode() == wanted
            assert line[one.column - 1 :].startswith(wanted)


class TestThePrefilterIsSound:
    """No file that holds a reference to one of the names is let go."""

    @given(files(), st.lists(names, min_size=1))
    def test_it(self, text: str, wanted: list[str]) -> None:
        """Whatever the shape, a file with a reference to a wanted image is found."""
        data = text.encode()
        known = {Image(name).normalised for name in wanted}
        if any(one.image.normalised in known for one in scan.scan_file("a.yaml", data).references):
            assert prefilter.compile(wanted).search(data)

    @given(apart())
    def test_a_name_that_is_written_apart(self, written: tuple[str, str]) -> None:
        """At whichever slash: what a scan finds is never let go."""
        name, text = written
        known = {Image(name).normalised}
        found = {one.image.normalised for one in scan.scan_file("a.yaml", text.encode()).references}
        event("found" if known & found else "not found")
        if known & found:
            assert prefilter.compile(known).search(text.encode())


class TestNothingCrashes:
    """Whatever bytes a file holds, scanning answers."""

    @given(st.binary(max_size=60), st.sampled_from([b"image: ", b"{{", b"tag:\n ", b"newTag: ", b"# tagwright: "]))
    def test_bytes(self, data: bytes, cue: bytes) -> None:
        """References or problems, never an exception."""
        for blob in (cue + data, data + cue + data):
            assert scan.scan_file("a.yaml", blob) is not None

    @given(st.lists(st.sampled_from(PIECES), max_size=30))
    def test_pieces_of_yaml(self, pieces: list[str]) -> None:
        """Every slot of every reference found in any text reads what it says it reads."""
        data = "".join(pieces).encode()
        for one in scan.scan_file("a.yaml", data).references:
            for slot in one.slots:
                assert data.decode()[slot.start : slot.end] == slot.text
