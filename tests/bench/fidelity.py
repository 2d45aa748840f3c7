"""B2: bytes changed outside the edit, for every image of real trees, against what load + dump does.

python -m tests.bench.fidelity
"""

from __future__ import annotations

import io

import yaml
from ruamel.yaml import YAML

from tagwright import edits, proof, scan
from tagwright.errors import EditRefused
from tagwright.image import Image
from tagwright.model import Edit
from tests.bench.fixtures import trees

DIGEST = "sha256:" + "0" * 64


def ours(path: str, data: bytes) -> tuple[int, int, int]:
    """References edited, references refused, files with a byte changed outside the edits."""
    made: list[Edit] = []
    done, refused = [], 0
    for one in scan.scan_file(path, data).references:
        new = Image("", "9.9.9", DIGEST if one.image.digest else None)
        try:
            made += edits.for_update(one, new)
            done.append((one, new))
        except EditRefused:
            refused += 1
    if not made:
        return 0, refused, 0
    after = edits.rewrite(path, data, made)
    proof.prove(path, data, after, made, [one for one, _ in done], [new for _, new in done])
    return len(done), refused, int(_restored(after, made) != data)


def _restored(after: bytes, made: list[Edit]) -> bytes:
    """The file with every edit undone by hand: the first bytes, or something else was changed."""
    text, kept, place = after.decode(), "", 0
    shift = 0
    for edit in sorted(set(made), key=lambda edit: edit.start):
        start = edit.start + shift
        kept, place = kept + text[place:start] + edit.old, start + len(edit.new)
        shift += len(edit.new) - len(edit.old)
    return (kept + text[place:]).encode()


def survives_ruamel(data: bytes) -> bool:
    """Is the file the same after a round trip without any change?"""
    loader, out = YAML(), io.BytesIO()
    loader.preserve_quotes = True
    loader.width = 1 << 20
    try:
        loader.dump_all(list(loader.load_all(data)), out)
    except Exception:  # noqa: BLE001 - a peer that refuses the file does not keep it
        return False
    return out.getvalue() == data


def survives_pyyaml(data: bytes) -> bool:
    """Is the file the same after load and dump?"""
    try:
        return yaml.safe_dump_all(list(yaml.safe_load_all(data)), sort_keys=False).encode() == data
    except yaml.YAMLError:
        return False


def main() -> None:
    """Print a line for each tree."""
    for name, files in trees().items():
        results = [ours(path, data) for path, data in files]
        sample = [data for _, data in files if len(data) < 3000][::10][:60]
        kept = sum(map(survives_ruamel, sample)), sum(map(survives_pyyaml, sample))
        print(
            f"B2 {name}: {sum(r[0] for r in results)} images edited, {sum(r[1] for r in results)} refused, "
            f"{sum(r[2] for r in results)} files changed outside the edits (limit 0); "
            f"of {len(sample)} files load + dump changes {len(sample) - kept[0]} (ruamel.yaml), "
            f"{len(sample) - kept[1]} (PyYAML)"
        )


if __name__ == "__main__":
    main()
