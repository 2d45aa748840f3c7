"""The proof: an edit that did more, less or other than it should is refused."""

from __future__ import annotations

import pytest

from tagwright import edits, proof, scan
from tagwright.errors import EditRefused
from tagwright.image import Image
from tagwright.model import Edit

TEXT = b"kind: Pod\nimage: nginx:1.25 # nginx:1.25\nother: nginx:1.25\n"
NEW = Image("nginx", "1.27")


def judged(after: bytes, made: list[Edit], before: bytes = TEXT, path: str = "a.yaml") -> None:
    """Judge a forged result of updating the only reference."""
    (reference,) = scan.scan_file(path, before).references
    proof.prove(path, before, after, made, [reference], [NEW])


def test_the_true_edit_is_accepted() -> None:
    """What the library itself does passes."""
    (reference,) = scan.scan_file("a.yaml", TEXT).references
    made = edits.for_update(reference, NEW)
    judged(edits.rewrite("a.yaml", TEXT, made), list(made))


@pytest.mark.parametrize(
    ("old", "new", "start"),
    [
        (b"kind", b"Kind", 0),  # a key
        (b"other: nginx:1.25", b"other: nginx:1.27", 42),  # another value
        (b"# nginx:1.25", b"# nginx:1.27", 28),  # a comment
        (b"nginx:1.25", b"nginx:1.28", 17),  # another tag
        (b"nginx:1.25", b"nginx:1.27 #", 17),  # a value that ends early
        (b"nginx:1.25", b"[nginx:1.27]", 17),  # another structure
        (b"nginx:1.25", b'"nginx:1.27', 17),  # no YAML any more
    ],
)
def test_a_forged_edit_is_refused(old: bytes, new: bytes, start: int) -> None:
    """Whatever the edit claims, another change than the intended one does not pass."""
    after = TEXT[:start] + new + TEXT[start + len(old) :]
    with pytest.raises(EditRefused):
        judged(after, [Edit("a.yaml", start, start + len(old), old.decode(), new.decode())])


def test_a_change_beside_the_edit_is_refused() -> None:
    """Bytes outside the edits must be the same, line ends included."""
    made = [Edit("a.yaml", 17, 27, "nginx:1.25", "nginx:1.27")]
    for after in (TEXT.replace(b"1.25", b"1.27", 1) + b"\n", TEXT.replace(b"1.25", b"1.27", 1).replace(b"\n", b"\r\n")):
        with pytest.raises(EditRefused):
            judged(after, made)


def test_nothing_done_is_refused() -> None:
    """A reference that should change and did not is no success."""
    with pytest.raises(EditRefused):
        judged(TEXT, [])


def test_json_is_judged_by_json() -> None:
    """A result that YAML still reads and JSON does not is refused."""
    before = b'{"image": "nginx:1.25"}'
    with pytest.raises(EditRefused):
        judged(b'{"image": nginx:1.27}', [Edit("a.json", 10, 22, '"nginx:1.25"', "nginx:1.27")], before, "a.json")


def test_a_file_is_judged_document_by_document() -> None:
    """Only documents that changed are read again, and a fault in them is still seen."""
    before = b"a: 1\n---\nimage: nginx:1.25\n---\nb: 2\n"
    made = [Edit("a.yaml", 16, 26, "nginx:1.25", "nginx:1.27")]
    judged(before.replace(b"1.25", b"1.27"), made, before)
    with pytest.raises(EditRefused):
        judged(
            before.replace(b"1.25", b"1.27\nx: y"), [Edit("a.yaml", 16, 26, "nginx:1.25", "nginx:1.27\nx: y")], before
        )
