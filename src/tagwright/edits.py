"""From a reference and the image it shall name to edits; from edits to text.

One generic function writes for every shape: it replaces the ranges that spell what changes and
nothing else. Quotes are outside the ranges and stay. A plain value gains quotes, those of its file,
where the new one would be read as a number, boolean, null or date; nothing else ever does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from tagwright import image
from tagwright.errors import EditRefused, ImageError
from tagwright.image import Image
from tagwright.model import Edit, Form, Part, Reference, Slot, Style

# What YAML 1.1, YAML 1.2 or go-yaml reads as something other than text when it stands without quotes.
_NO_TEXT = re.compile(
    r"""[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?   # 1  1.10  1e3  0123  1_000
      | [-+]?\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?               # .5
      | [-+]?0(?:x[0-9a-fA-F_]+|o[0-7_]+|b[01_]+)             # 0x1f  0o17  0b11
      | [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?      # 123:45, base sixty
      | [-+]?\.(?:inf|Inf|INF) | \.(?:nan|NaN|NAN)
      | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt\x20].*)?         # 2024-01-01
      | y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|true|True|TRUE|false|False|FALSE
      | ~|null|Null|NULL|=|<<|""",
    re.VERBOSE,
)
# An integer that every reader prints as it is written: beyond six digits Go templates turn to 1e+06.
_SMALL_INTEGER = re.compile(r"0|[1-9][0-9]{0,5}")
# A tag, with a digest behind it or not. Looser than the grammar by a leading sign: it cannot end a scalar either.
_TAG = re.compile(r"[A-Za-z0-9_.-]{1,128}(?:@[A-Za-z0-9+._-]+:[0-9A-Fa-f]+)?")
_ALONE = (Form.ALONE, Form.CHART, Form.BARE)


def reads_as_text(plain: str) -> bool:
    """Would every YAML reader take this value, standing without quotes, for text?"""
    return _NO_TEXT.fullmatch(plain) is None


def for_update(reference: Reference, new: Image) -> tuple[Edit, ...]:
    """The edits that make `reference` name `new`; none where it does already.

    A part that `new` does not give is left as it is; so is a name that is the same repository
    spelled in another way. A digest without a place of its own is written behind the tag; one that
    comes without a tag stands in place of a tag that has none, since it need not be that tag's. A digest
    of "" takes away the one that stands behind the tag.
    Raises EditRefused where the reference has no place for what `new` says, and where a new tag
    would stand beside the digest of the old one. Under a Flux marker the value becomes what the
    marker says, no more and no less.
    """
    pairs = zip(reference.slots, _written(reference, new), strict=True)
    changed = [(slot, value) for slot, value in pairs if value != slot.text or _is_null(reference, slot, new)]
    for slot, value in changed:
        _check_grammar(reference, slot, value)
    return tuple(
        Edit(reference.path, slot.start, slot.end, slot.text, _spelled(reference, slot, value))
        for slot, value in changed
    )


def outcome(reference: Reference, new: Image) -> Image:
    """The image that `reference` names once `for_update(reference, new)` is applied. Raises as that does."""
    named = reference.image
    for slot, value in zip(reference.slots, _written(reference, new), strict=True):
        named = _read(named, slot, value, new)
    return named


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Make the edits, the last one first. Raises EditRefused where a range reads otherwise, or two overlap.

    The same edit twice (a value reached by two ways) is made once.
    """
    limit = len(text)
    for edit in sorted(set(edits), key=lambda edit: (edit.start, edit.end), reverse=True):
        if edit.end > limit or text[edit.start : edit.end] != edit.old or edit.start > edit.end:
            message = f"{edit.path} does not read {edit.old!r} at character {edit.start}, or two edits overlap there"
            raise EditRefused(message, hint="the file changed since it was read: look again")
        text = text[: edit.start] + edit.new + text[edit.end :]
        limit = edit.start
    return text


def rewrite(path: str, data: bytes, edits: Iterable[Edit]) -> bytes:
    """The file with its edits made; every other byte is as it was. Raises EditRefused."""
    try:
        return apply(data.decode("utf-8"), edits).encode("utf-8")
    except UnicodeError:
        raise EditRefused(f"{path} is not UTF-8", hint="save it as UTF-8") from None


def _written(reference: Reference, new: Image) -> list[str]:
    """What each slot shall read, in the order of the slots."""
    if not reference.slots:
        raise _refused(reference, reference.locked or "its text cannot be edited safely")
    old, marker = reference.image, reference.marker
    parts = {slot.part for slot in reference.slots}
    says = marker.part if marker and marker.family == "flux" else None
    name = new.name if new.name and not _same(old, new) and (old.name or parts & {Part.IMAGE, Part.NAME}) else old.name
    _check_digest(reference, new, says)
    if not says:
        _check_places(reference, new, parts, name)
    return [_in_file(slot, _value(slot, old, new, name, parts, says)) for slot in reference.slots]


def _value(slot: Slot, old: Image, new: Image, name: str, parts: set[Part], says: Part | None) -> str:
    """What one slot shall read. `says` is the part that a Flux marker binds: written exactly as given."""
    tag = new.tag or old.tag
    digest = old.digest if new.digest is None and not says else new.digest
    if slot.part is Part.DIGEST:
        return new.digest or slot.text
    if slot.part is Part.IMAGE:
        instead = new.digest and not new.tag and not old.digest
        return str(Image(name, None if instead else tag, digest))
    if slot.part is Part.TAG:
        beside = says or Part.DIGEST in parts or slot.form in _ALONE
        return str(Image("", tag, None if beside else digest)).removeprefix(":") if tag else slot.text
    return _named(slot, old, name, parts)


def _in_file(slot: Slot, value: str) -> str:
    """A value as the file spells it. Charts: https://helm.sh/docs/topics/registries/ ("+" is no character of a tag)."""
    if slot.form is Form.HEXADECIMAL:
        return value.removeprefix("sha256:")
    if slot.form is Form.BARE:
        return value.removeprefix("v")
    return value.replace("_", "+") if slot.form is Form.CHART else value


def _meant(slot: Slot, text: str) -> str:
    """What the text of a slot says."""
    if slot.form is Form.HEXADECIMAL:
        return f"sha256:{text}"
    if slot.form is Form.BARE:
        return f"v{text}"
    return text.replace("+", "_") if slot.form is Form.CHART else text


def _check_digest(reference: Reference, new: Image, says: Part | None) -> None:
    """Refuse a new tag beside the digest of the old one. What a Flux marker binds it replaces whole."""
    old = reference.image
    beside = any(slot.part is Part.DIGEST and slot.text for slot in reference.slots) if says else old.digest
    if beside and says is not Part.DIGEST and new.tag and new.tag != old.tag and new.digest is None:
        hint = "give the digest too, or let the registry be asked for it"
        raise _refused(reference, f"the digest of {old.tag or 'another tag'} would stand beside {new.tag}", hint)


def _check_places(reference: Reference, new: Image, parts: set[Part], name: str) -> None:
    """Refuse what the reference has no place for."""
    old = reference.image
    if new.tag and new.tag != old.tag and not new.digest and not parts & {Part.IMAGE, Part.TAG}:
        raise _refused(reference, f"it has no place for the tag {new.tag}", "it names a digest only")
    tagged = any(slot.part is Part.TAG and slot.form not in _ALONE for slot in reference.slots) and (new.tag or old.tag)
    if new.digest and new.digest != old.digest and not tagged and not parts & {Part.IMAGE, Part.DIGEST}:
        raise _refused(reference, f"it has no place for the digest {new.digest}")
    if new.digest == "" and any(slot.part is Part.DIGEST and slot.text for slot in reference.slots):
        raise _refused(reference, "its digest stands by itself", "take that value away, or give its new digest")
    if name != old.name and not parts & {Part.IMAGE, Part.NAME}:
        raise _refused(reference, f"it has no place for the name {name}")


def _check_grammar(reference: Reference, slot: Slot, value: str) -> None:
    """Refuse what is no image, tag or digest: nothing else may ever be written into a file."""
    value = _meant(slot, value)
    try:
        if slot.part in (Part.IMAGE, Part.NAME):
            image.parse(value)
        elif slot.part is Part.REGISTRY:
            image.parse(f"{value}/name")
        elif not (_TAG if slot.part is Part.TAG else image.DIGEST).fullmatch(value):
            raise _refused(reference, f"{value!r} is no {slot.part}")
    except ImageError as error:
        raise _refused(reference, error.message, error.hint) from None


def _named(slot: Slot, old: Image, name: str, parts: set[Part]) -> str:
    """The host or the repository of a name that is written apart; unchanged names stay as they are spelled."""
    if name == old.name:
        return slot.text
    if Part.REGISTRY not in parts:
        return name
    new = Image(name)
    return new.registry if slot.part is Part.REGISTRY else new.repository


def _spelled(reference: Reference, slot: Slot, value: str) -> str:
    """The value as source text: in quotes where it stood plain and would be read as no text (in JSON always)."""
    if slot.style not in (Style.PLAIN, Style.NULL):
        return value
    stays_a_number = _SMALL_INTEGER.fullmatch(slot.text) and _SMALL_INTEGER.fullmatch(value)
    json = reference.path.endswith(".json")
    is_text = reads_as_text(value) and not value.startswith(("[", "-")) and not json
    quote = "" if is_text or stays_a_number else '"' if json else slot.quote
    return (" " if slot.style is Style.NULL else "") + f"{quote}{value}{quote}"


def _read(old: Image, slot: Slot, value: str, new: Image) -> Image:
    """The image once this slot reads `value`."""
    if value == slot.text and not (slot.part is Part.TAG and new.tag):
        return old
    if slot.part is Part.DIGEST:
        return replace(old, digest=_meant(slot, value))
    if slot.part is Part.TAG:
        tag, _, digest = _meant(slot, value).partition("@")
        return replace(old, tag=tag, digest=digest or (None if "@" in slot.text else old.digest))
    return image.parse(value) if slot.part is Part.IMAGE else replace(old, name=new.name)


def _is_null(reference: Reference, slot: Slot, new: Image) -> bool:
    """Does an unquoted `null` stand where the tag "null" shall be?"""
    return bool(slot.part is Part.TAG and slot.text and new.tag and not reference.image.tag)


def _same(old: Image, new: Image) -> bool:
    return bool(old.name) and old.normalised == new.normalised


def _refused(reference: Reference, why: str, hint: str = "") -> EditRefused:
    where = f"{reference.path}:{reference.line}"
    return EditRefused(f"{reference.written or reference.where} at {where} is left alone: {why}", hint=hint)
