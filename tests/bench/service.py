"""B15: the service on one machine: from a webhook to the pushed commit, a thousand of them, and its memory.

`tagwright serve` as a process of its own, warm, on a repository of 10,000 files with 500 images; a registry and an
issuer of tokens in others. Half of what it is told comes by a webhook with a secret, half is announced by a CI job with
a signed token. The clock runs from the moment it is sent until the commit stands in the remote. Beside it plain git in
a warm clone does the same by hand, told which line to change: fetch, edit, commit, push; it asks no registry, decides
nothing and proves nothing. Then 1,000 of them about all images within ten seconds, while fifty have a new tag.

Limits: p95 of 2 s; all answered 202, and never two passes over the target at once; 120 MB when idle. Run
with `python -m tests.bench.service [FILES]`.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from tagwright import cli
from tagwright.model import Config, TargetReport
from tagwright.serve.agenda import Errand
from tagwright.serve.passes import Passes
from tests.bench.estate import IMAGES, ONCE, Estate, Offering, estate, offering
from tests.bench.trees import path_of
from tests.support.git_server import git
from tests.support.issuer import AUDIENCE, Issuer, issuer

ROUNDS = 30
BURST, WITHIN, SENDERS, BUSY = 1000, 10.0, 16, 50
LATEST, MOST_IDLE = 2.0, 120.0
SECRET = "only for this machine"
BEGINS, ENDS = "a pass begins", "a pass ends"


@dataclass(frozen=True, slots=True)
class Served:
    """A service that runs: its process, where it listens, what it works on."""

    process: subprocess.Popen[bytes]
    address: str
    one: Estate
    token: str
    log: Path
    files: int

    def tell(self, connection: http.client.HTTPConnection, image: str, number: int) -> int:
        """One webhook, or of odd numbers one announcement of CI; how it was answered."""
        path, login = ("/announce", self.token) if number % 2 else ("/hooks/ci", SECRET)
        headers = {"Authorization": f"Bearer {login}", "Content-Type": "application/json"}
        connection.request("POST", path, json.dumps({"image": image}), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def connection(self) -> http.client.HTTPConnection:
        """A new one."""
        return http.client.HTTPConnection(self.address, timeout=30)

    def memory(self, name: str = "VmRSS") -> float:
        """In MB, as the system counts it: now, or at its peak (VmHWM)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith(name)).split()[1]) / 1024

    def mentioned(self, mention: int) -> str:
        """The file that mentions an image, as it stands in the remote."""
        each = max(1, IMAGES * 10 // self.files)
        return self.one.remote.show(path_of(mention // each * 10))

    def head(self) -> str:
        """The commit of the remote's branch."""
        return (self.one.remote.path / "refs/heads/main").read_text()

    def moved(self, before: str, seconds: float = 60) -> None:
        """Wait until the branch is at another commit."""
        ends = time.monotonic() + seconds
        while self.head() == before:
            assert time.monotonic() < ends, self.log.read_text()[-3000:]
            time.sleep(0.002)


@contextmanager
def served(one: Estate, files: int, signer: Issuer, host: str) -> Iterator[Served]:
    """Start it, and end it as Kubernetes does."""
    config, log = one.folder / "tagwright.yaml", one.folder / "log"
    rule = f"{{images: ['{host}/**'], repository: acme/api, ref: refs/heads/main}}"
    (one.folder / "secret").write_text(SECRET)
    config.write_text(
        config.read_text() + "serve:\n  listen: 127.0.0.1:0\n  interval: 1h\n  announce:\n"
        f"    - {{kind: github, issuer: '{signer.url}', audience: '{AUDIENCE}', rules: [{rule}]}}\n"
        "  webhooks: [{name: ci, kind: json, secret_file: secret}]\n"
    )
    command = [
        sys.executable,
        "-m",
        "tests.bench.service",
        "serve",
        "--config",
        str(config),
        "--cache",
        str(one.folder / "cache"),
    ]
    with log.open("wb") as told, subprocess.Popen([*command, "--verbose"], stderr=told) as process:
        try:
            yield Served(process, _address(log), one, signer.token(), log, files)
        finally:
            process.terminate()


def _address(log: Path) -> str:
    ends = time.monotonic() + 20
    while " at http://" not in log.read_text():
        assert time.monotonic() < ends, log.read_text()
        time.sleep(0.02)
    return log.read_text().partition(" at http://")[2].split()[0]


def latency(service: Served, registry: Offering, rounds: Iterator[int]) -> float:
    """Seconds from the moment somebody tells of an image until its commit is there."""
    number = next(rounds)
    mention, tag = number % ONCE, f"1.{number + 1}.0"
    registry.push({mention: tag})
    before = service.head()
    with closing(service.connection()) as connection:
        begun = time.perf_counter()
        assert service.tell(connection, f"{registry.host}/acme/app-{mention}:{tag}", number) == 202
        service.moved(before)
    taken = time.perf_counter() - begun
    assert f"/acme/app-{mention}:{tag}" in service.mentioned(mention)
    return taken


def by_hand(work: Path, run: int) -> float:
    """The peer: fetch, edit, commit, push in a clone that is there already."""
    file = work / path_of(1)
    begun = time.perf_counter()
    git("pull", "--quiet", "--ff-only", "origin", "main", cwd=work)
    file.write_text(file.read_text() + f"# {run}\n")
    git("commit", "--quiet", "--all", "--message=Update", cwd=work)
    git("push", "--quiet", "origin", "HEAD:main", cwd=work)
    return time.perf_counter() - begun


def burst(service: Served, host: str) -> tuple[Counter[int], list[float], float]:
    """A thousand within ten seconds: answers by status, seconds of each, and how long all took."""
    statuses, seconds, lock = Counter[int](), list[float](), threading.Lock()
    begun = time.perf_counter()

    def send(number: int) -> None:
        connection = service.connection()
        for event in range(number, BURST, SENDERS):
            time.sleep(max(0.0, begun + event * WITHIN * 0.98 / BURST - time.perf_counter()))
            at = time.perf_counter()
            status = service.tell(connection, f"{host}/acme/app-{event * 7 % IMAGES}:9.{event}.0", event)
            with lock:
                statuses[status] += 1
                seconds.append(time.perf_counter() - at)
        connection.close()

    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(send, range(SENDERS)))
    return statuses, seconds, time.perf_counter() - begun


def looked_at(service: Served) -> float:
    """Everything the service shows, ten times; seconds that the page took in the middle."""
    taken = []
    with closing(service.connection()) as connection:
        for path in ("/", "/targets", "/history", "/status.json", "/metrics") * 10:
            begun = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, path
            if path == "/":
                taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def side_by_side(log: str) -> tuple[int, int]:
    """How many passes there were, and how many of them at most at once over the one target."""
    steps = [1 if line == BEGINS else -1 for line in log.splitlines() if line in (BEGINS, ENDS)]
    return steps.count(1), max(itertools.accumulate(steps), default=0)


def watched(arguments: list[str]) -> int:
    """The service's process: the command line, and a line in the log where each pass begins and ends."""
    run = Passes.run

    def told(passes: Passes, config: Config, errand: Errand) -> TargetReport:
        os.write(2, f"{BEGINS}\n".encode())  # whole, whatever other threads log
        try:
            return run(passes, config, errand)
        finally:
            os.write(2, f"{ENDS}\n".encode())

    with patch.object(Passes, "run", told):
        return cli.main(arguments)


def quiet(service: Served) -> None:
    """Wait until the process has had nothing to do for a second."""
    spent, now = -1.0, _cpu(service)
    while now - spent > 0.02:
        time.sleep(1)
        spent, now = now, _cpu(service)


def _cpu(service: Served) -> float:
    fields = Path(f"/proc/{service.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])) / 100


def ms(seconds: float) -> str:
    """Seconds as people read them."""
    return f"{seconds * 1e3:.0f} ms"


def p95(times: list[float]) -> float:
    """The value that 19 of 20 do not exceed."""
    return statistics.quantiles(times, n=20)[-1]


def main(files: int) -> int:
    """Print the figures; 1 when one is beyond its limit."""
    with tempfile.TemporaryDirectory() as name, offering() as registry, issuer() as signer:
        one = estate(Path(name), files, registry.host)
        one.tagwright()
        work = Path(name) / "work"
        git("clone", "--quiet", f"file://{one.remote.path}", str(work), cwd=Path(name))
        with served(one, files, signer, registry.host) as service:
            quiet(service)
            idle = service.memory()
            rounds = itertools.count()
            for _ in range(2):
                latency(service, registry, rounds)
            ours, peer = [], []
            for run in range(ROUNDS):
                ours.append(latency(service, registry, rounds))
                peer.append(by_hand(work, run))  # in turn: on a busy machine both wait
            quiet(service)
            before = service.memory()
            registry.push(dict.fromkeys(range(BUSY), "2.0.0"))
            statuses, answers, whole = burst(service, registry.host)
            quiet(service)
            after, page = service.memory(), looked_at(service)
            quiet(service)
            seen, peak = service.memory(), service.memory("VmHWM")
            passes, at_once = side_by_side(service.log.read_text())
    late = p95(ours)
    print(
        f"B15 service told to pushed, {files:,} files: p50 {ms(statistics.median(ours))}, "
        f"p95 {ms(late)} (at most {ms(LATEST)}), of which 200 ms wait for a burst's others; "
        f"git by hand p50 {ms(statistics.median(peer))}, p95 {ms(p95(peer))}"
    )
    print(
        f"B15 service told {BURST:,} times in {whole:.1f} s: {dict(statuses)}, answered in p50 "
        f"{ms(statistics.median(answers))}, p95 {ms(p95(answers))}; {passes} passes in all, {at_once} at once"
    )
    print(
        f"B15 service memory when idle {idle:.0f} MB, after {ROUNDS + 2} commits {before:.0f} MB, after the burst "
        f"{after:.0f} MB, after its pages ({ms(page)} each) {seen:.0f} MB (at most {MOST_IDLE:.0f}); peak {peak:.0f} MB"
    )
    good = late <= LATEST and statuses == {202: BURST} and at_once == 1 and max(idle, after, seen) <= MOST_IDLE
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        sys.exit(watched(sys.argv[1:]))
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 10_000))
