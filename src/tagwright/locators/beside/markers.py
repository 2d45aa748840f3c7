"""Markers: comments beside a value that say which policy rules it.

    image: ghcr.io/acme/api:1.2.0   # tagwright: semver=">=1.2 <2" minimum-age=3d
    tag: 7.2.4-alpine               # tagwright: compatible=minor
    image: redis:7.2.4              # tagwright: hold reason="INC-12" until=2026-12-01
    newTag: 1.2.0                   # {"$imagepolicy": "flux-system:api:tag"}

    # renovate: datasource=docker depName=ghcr.io/acme/api
    API_VERSION=1.2.0

A marker stands at the end of the value's line, or alone on the line above it; one of ours also on the
line whose key opens the image's mapping (`image: # tagwright: hold`). It binds the value of
that line, whatever its key: one that no locator knows is an image if it looks like one, else a tag.
Where it binds no value (arguments, commands, a line that is commented out) it means the only reference
of that line; `hold` means all of them. Other languages' comments will do: `//`, `;`, `--`, `<!-- -->`,
`/* */`, `{# #}`, `{{/* */}}`.
Settings are words or key=value, quoted as in a shell, up to the next ` #`; `config` judges them.
Flux's markers bind name:tag, or with `:tag`, `:name`, `:digest` that part alone, each value by
itself; text around the JSON does no harm. Both work inside block scalars too (a patch, a file in a
ConfigMap). A marker next to nothing is a problem; so are two on one reference and one that cannot
be read, and what they stand beside is not edited by another rule instead. A renovate comment on the
line or above it only says whose tag a bare value is (`packageName` goes before `depName`); one with
`extractVersion` says that the value is not the tag, and is left alone. A marker with `image=` says
the same: `# tagwright: image=ghcr.io/acme/api`. What is nearly a marker is one that cannot be read (`suspects`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tagwright.locators.base import parsed
from tagwright.locators.beside import suspects
from tagwright.model import Marker, Part

_CUES = (b"$imagepolicy", b"tagwright:", b"renovate:")

_FLUX = re.compile(r'\{\s*"\$imagepolicy"\s*:\s*"([^"]*)"\s*\}')
_FLUX_VALUE = re.compile(r"([^\s:/]+:[^\s:/]+)(?::(tag|name|digest))?")
_OURS = re.compile(r"#\s*tagwright:(?=\s|$)(.*)")
_WORD = re.compile(r"""\s*((?:[^\s"']|"(?:\\.|[^"\\])*"|'[^']*')+)""")
_QUOTED = re.compile(r""""((?:\\.|[^"\\])*)"|'([^']*)'""")
_RENOVATE = re.compile(r"#+\s*renovate:\s*(\S.*)")
_RENOVATE_PAIR = re.compile(r"(\w+)=(\S+)")
_FIRST = re.compile(r'#+\s*(?:renovate:|tagwright:|\{\s*"\$imagepolicy")')


@dataclass(frozen=True, slots=True)
class Comment:
    """What a comment says: its markers, what is wrong with one that cannot be read and what was meant, and the image
    that a renovate comment names."""

    line: int
    markers: tuple[Marker, ...]
    fault: str = ""
    told: str = ""
    hint: str = ""

    @property
    def image(self) -> bool:
        """Does it say whose tag the value is?"""
        return bool(self.told) or any(key == "image" for marker in self.markers for key, _ in marker.settings)


def read(text: str, line: int) -> Comment | None:
    """The markers of a comment that begins with `#`; None where it only speaks of them."""
    markers: list[Marker] = []
    fault = hint = ""
    flux = [match[1] for match in _FLUX.finditer(text)]
    for value in flux:
        match = _FLUX_VALUE.fullmatch(value)
        if match:
            markers.append(Marker("flux", line, text, match[1], Part(match[2] or "image")))
        else:
            fault = f'"{value}" is not "namespace:name", with :tag, :name or :digest behind it or nothing'
            hint = suspects.of_flux(text)[1]
    ours = _OURS.search(text)
    if ours:
        settings = _settings(ours[1])
        if settings is None:
            fault = "a quote is not closed"
        markers.append(Marker("tagwright", line, text, settings=settings or ()))
    if not (flux or ours):
        fault, hint = suspects.of_ours(text)
        if not fault:
            fault, hint = suspects.of_flux(text)
    told = _told(text)
    return Comment(line, tuple(markers), fault, told, hint) if markers or fault or told else None


def _told(text: str) -> str:
    """The image that a renovate comment names; "" where it names none, or where the value is not its tag."""
    match = _RENOVATE.match(text)
    said = dict(_RENOVATE_PAIR.findall(match[1])) if match else {}
    if "extractVersion" in said or said.get("datasource", "docker") != "docker":
        return ""
    name = said.get("packageName") or said.get("depName") or said.get("lookupName") or said.get("docker", "")
    image = parsed(name) if "datasource" in said or "docker" in said else None
    return name if image and not (image.tag or image.digest) else ""


def may_stand(data: bytes) -> bool:
    """Could a file hold a marker, or what was meant as one? A look at bytes."""
    return any(map(data.__contains__, _CUES)) or suspects.looks(data)


def leads(text: str) -> bool:
    """Does the comment begin with a marker? One that does not, alone on its line, is a line commented out."""
    return _FIRST.match(text) is not None or suspects.leads(text)


def _settings(text: str) -> tuple[tuple[str, str], ...] | None:
    """Words and key=value pairs with their quotes taken off, as a shell would; None for a quote left open."""
    settings: list[tuple[str, str]] = []
    place = 0
    while text[place:].strip():
        match = _WORD.match(text, place)
        if match is None:
            return None
        if match[1].startswith("#"):
            break
        key, _, value = match[1].partition("=")
        settings.append((key, _QUOTED.sub(_unquoted, value)))
        place = match.end()
    return tuple(settings)


def _unquoted(match: re.Match[str]) -> str:
    """In double quotes a backslash hides a quote and itself, nothing else."""
    return re.sub(r'\\(["\\])', r"\1", match[1]) if match[2] is None else match[2]
