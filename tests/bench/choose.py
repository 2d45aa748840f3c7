"""Choosing among 10,000 tags cold, beside the semver package and beside Flux's evaluator where Go is at hand.

`python -m tests.bench choose` prints, interleaved in one process and in CPU time: each policy's choice against
`max(semver.Version.parse(t))` (at most 0.35), its rulings in microseconds a tag (at most 5), the peak memory of
500 lists, one alive at a time (at most 300 MB); and what Flux does for a choice (parse every tag, check the range, take
the highest; with a filter: match, expand, compare numbers) by the same library, compiled, single-threaded.
"""

from __future__ import annotations

import os
import random
import re
import resource
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

from tagwright import policies
from tagwright.choose import choose
from tagwright.model import Choice, Filter, PolicyKind, PolicySpec
from tagwright.offer import Offer
from tests.bench.tags import IMAGES, TAGS, cpu, newest_by_semver, tag_list

SAMPLE, COLD, RULING, MEGABYTES = 15, 0.35, 5.0, 300
NOW = datetime.now(UTC)
BUILDS = Filter("^main-[a-f0-9]+-(?P<ts>[0-9]+)$", "$ts")
KINDS = {
    "semver >=1": (PolicySpec(PolicyKind.SEMVER, ">=1"), False),
    "semver with prereleases": (PolicySpec(PolicyKind.SEMVER, ">=1.0.0-0"), False),
    "compatible any": (PolicySpec(PolicyKind.COMPATIBLE, "any"), False),
    "compatible minor": (PolicySpec(PolicyKind.COMPATIBLE, "minor"), False),
    "compatible, builds": (PolicySpec(PolicyKind.COMPATIBLE, "minor"), True),
    "numerical behind a filter": (PolicySpec(PolicyKind.NUMERICAL, "ascending", filter=BUILDS), True),
}
GO = """package main
import ("bufio"; "fmt"; "os"; "regexp"; "strconv"; "time"; "github.com/Masterminds/semver/v3")
func read(name string) (tags []string) {
	f, _ := os.Open(name); s := bufio.NewScanner(f)
	for s.Scan() { tags = append(tags, s.Text()) }
	return
}
func main() {
	versions, builds := read(os.Args[1]), read(os.Args[2])
	c, _ := semver.NewConstraint(">=1")
	for round := 0; round < 9; round++ {
		start := time.Now(); var best *semver.Version
		for _, t := range versions {
			v, err := semver.NewVersion(t)
			if err == nil && c.Check(v) && (best == nil || v.GreaterThan(best)) { best = v }
		}
		first := time.Since(start); start = time.Now(); top := 0.0
		re := regexp.MustCompile(`^main-[a-f0-9]+-(?P<ts>[0-9]+)$`)
		for _, t := range builds {
			if m := re.FindStringSubmatchIndex(t); m != nil {
				n, _ := strconv.ParseFloat(string(re.ExpandString(nil, "$ts", t, m)), 64)
				if n > top { top = n }
			}
		}
		fmt.Println(first.Microseconds(), time.Since(start).Microseconds(), best, top)
	}
}
"""


def builds(seed: int) -> list[str]:
    """Ten thousand tags of CI."""
    chance = random.Random(seed)
    return [f"main-{chance.randrange(16**7):07x}-{1712345678 + chance.randrange(10**7)}" for _ in range(TAGS)]


def cold(spec: PolicySpec, tags: list[str]) -> Choice:
    """One image, as a pass meets it: nothing is remembered but what the process always keeps."""
    choice = choose(spec, tags[0], Offer(tags), NOW)
    assert isinstance(choice, Choice)
    return choice


def measured() -> tuple[float, dict[str, tuple[float, float]]]:
    """Milliseconds of the semver package; of each kind, and its rulings' microseconds a tag."""
    peer: list[float] = []
    ours: dict[str, list[tuple[float, float]]] = {name: [] for name in KINDS}
    for seed in range(SAMPLE):
        versions, ci = tag_list(seed), builds(seed)
        peer.append(cpu(partial(newest_by_semver, versions)))
        for name, (spec, of_ci) in KINDS.items():
            policies.build(spec)
            tags = ci if of_ci else versions
            ours[name].append((cpu(partial(cold, spec, tags)), cpu(cold(spec, tags).rulings)))
    middle = {
        name: (1e3 * median(one for one, _ in times), 1e6 * median(two for _, two in times) / TAGS)
        for name, times in ours.items()
    }
    return 1e3 * median(peer), middle


def peak() -> float:
    """Megabytes at the most of a process that decides about all images, one list alive at a time."""
    for seed in range(IMAGES // 10):  # the rest would be the same
        cold(KINDS["semver >=1"][0], tag_list(seed)).rulings()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def by_flux() -> tuple[float, float] | None:
    """Milliseconds of a range and of a filter by Flux's libraries; None without Go or without its modules."""
    go = shutil.which("go")
    if go is None:
        return None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "main.go").write_text(GO)
        (folder / "go.mod").write_text("module judge\n\ngo 1.21\n\nrequire github.com/Masterminds/semver/v3 v3.4.0\n")
        (folder / "versions").write_text("\n".join(tag_list(0)))
        (folder / "builds").write_text("\n".join(builds(0)))
        told = subprocess.run(
            [go, "run", "main.go", "versions", "builds"], cwd=folder, text=True, capture_output=True, check=False,
            env={**os.environ, "GOFLAGS": "-mod=mod", "GOMAXPROCS": "1"},
        )  # fmt: skip
    rounds = [tuple(map(int, match.groups())) for match in re.finditer(r"^(\d+) (\d+) ", told.stdout, re.MULTILINE)]
    return (median(one for one, _ in rounds) / 1e3, median(two for _, two in rounds) / 1e3) if rounds else None


def main() -> int:
    """Print a line a kind; 1 when a limit is passed."""
    memory = peak()
    peer, ours = measured()
    flux = by_flux()
    print(f"choose: max(semver.Version.parse) {peer:.1f} ms an image of {TAGS:,} tags")
    for name, (choice, ruling) in ours.items():
        print(
            f"choose: {name}: {choice:.1f} ms, {choice / peer:.2f} of it (at most {COLD}), {IMAGES} images "
            f"{IMAGES * choice / 1e3:.1f} s; rulings {ruling:.1f} us a tag (at most {RULING:.0f})"
        )
    print(f"choose: peak memory {memory:.0f} MB (at most {MEGABYTES})")
    if flux:
        print(f"choose: Flux's libraries in Go: a range {flux[0]:.1f} ms, a filter {flux[1]:.1f} ms")
    else:
        print("choose: Flux's libraries: no Go at hand")
    within = all(choice <= COLD * peer for name, (choice, _) in ours.items() if "filter" not in name)
    return 0 if within and memory <= MEGABYTES and all(ruling <= RULING for _, ruling in ours.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
