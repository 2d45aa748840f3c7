"""B1: locating images against the bare event loop of the same parser (limit) and a ruamel.yaml round-trip load (peer).

python -m tests.bench.locate
"""

from __future__ import annotations

import gc

import yaml
from ruamel.yaml import YAML
from yaml._yaml import CParser

from tagwright import scan
from tagwright.yaml_spans import Source, read
from tests.bench.fixtures import cpu, trees

LIMIT, PEER = 1.5, 25


def bare(data: bytes) -> bool:
    """Every event and nothing else; False where the text is no YAML."""
    get_event = CParser(data.decode()).get_event
    try:
        while get_event().__class__ is not yaml.StreamEndEvent:
            pass
    except yaml.YAMLError:
        return False
    return True


def locate(path: str, data: bytes) -> list[object]:
    """Every scalar a locator could look at, with its path and span."""
    trees, _ = read(Source(path, data.decode()), scan.WANTED)
    return [
        (mapping.path, mapping.scalar(key))
        for tree in trees
        for mapping in tree.mappings()
        for key, _ in mapping.branch
    ]


def main() -> None:
    """Print a line for each tree: locating in the files that are parsed, then the whole scan of all its files."""
    for name, files in trees().items():
        usable = [(path, data) for path, data in files if bare(data)]
        parsed = [(path, data) for path, data in usable if scan.may_hold(data)]
        small = [data for _, data in parsed if len(data) < 3000][:40]
        gc.collect()
        event_loop, located, scanned, all_events, everything = cpu(
            lambda: [bare(data) for _, data in parsed],  # noqa: B023 - called at once
            lambda: [locate(path, data) for path, data in parsed],  # noqa: B023
            lambda: [scan.scan_file(path, data) for path, data in parsed],  # noqa: B023
            lambda: [bare(data) for _, data in usable],  # noqa: B023
            lambda: [scan.scan_file(path, data) for path, data in usable],  # noqa: B023
        )
        ours, peer = cpu(
            lambda: [locate("a.yaml", data) for data in small * 10],  # noqa: B023
            lambda: [list(YAML().load_all(data)) for data in small],  # noqa: B023
            rounds=3,
        )
        print(
            f"B1 {name}: locate {located / event_loop:.2f}x of the event loop (limit {LIMIT}), "
            f"{peer * 10 / ours:.0f}x faster than ruamel.yaml (at least {PEER}); with shapes, markers and lines "
            f"{scanned / event_loop:.2f}x, {scanned / len(parsed) * 1e6:.0f} us for each of {len(parsed)} files; "
            f"a cold scan of all {len(usable)} files {everything / all_events:.2f}x, "
            f"{everything / len(usable) * 1e6:.0f} us each"
        )


if __name__ == "__main__":
    main()
