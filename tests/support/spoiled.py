"""Answers spoiled on their way, as servers, proxies and disks spoil them: one function for each, by name.

HARMLESS ones still say all that the answer said; after HARMFUL ones it does not say it any more.
"""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from tagwright.registries.embedded import Answer, Asked, answer_json, refusal
from tests.support.registry import Fault

Spoil = Callable[[Answer], Answer]


def spoiled(spoil: Spoil, at: int, *, once: bool, what: str = "/tags/list") -> Fault:
    """The answer to the `at`-th list (from 0) is spoiled, or with all that come after it; or to what else is asked."""
    lock, count = threading.Lock(), [0]

    def fault(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        answer = onward(asked)
        if what not in asked.path:
            return answer
        with lock:
            number = count[0]
            count[0] += 1
        return spoil(answer) if number == at or (number > at and not once) else answer

    return fault


def _with(answer: Answer, *headers: tuple[str, str], body: bytes | None = None) -> Answer:
    return replace(answer, headers=(*answer.headers, *headers), body=answer.body if body is None else body)


def _always(other: Answer) -> Spoil:
    return lambda _: other


def _raw(answer: Answer) -> bytes:
    lines = [f"{name}: {value}\r\n" for name, value in (*answer.headers, ("Content-Length", str(len(answer.body))))]
    return f"HTTP/1.1 {answer.status} OK\r\n{''.join(lines)}\r\n".encode() + answer.body


def _chunks(body: bytes) -> bytes:
    pieces = [body[start : start + 40] for start in range(0, len(body), 40)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def _chunked(answer: Answer, body: bytes) -> Answer:
    return _with(answer, ("Transfer-Encoding", "chunked"), ("Connection", "close"), body=body)


def _said(answer: Answer, **changes: object) -> Answer:
    return _with(answer, body=json.dumps({**json.loads(answer.body), **changes}).encode())


def _bare(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@cache
def bomb() -> bytes:
    """20 MiB of nothing in 20 kB."""
    return gzip.compress(b" " * (20 << 20))


def _twice(answer: Answer) -> Answer:
    tags = json.loads(answer.body)["tags"]
    return _said(answer, tags=tags + tags[::-1])


HARMLESS: dict[str, Spoil] = {
    "gzip that nobody asked for": lambda it: _with(it, ("Content-Encoding", "gzip"), body=gzip.compress(it.body)),
    "gzip by its old name": lambda it: _with(it, ("Content-Encoding", "X-GZip"), body=gzip.compress(it.body)),
    "deflate": lambda it: _with(it, ("Content-Encoding", "deflate"), body=zlib.compress(it.body)),
    "deflate without its header": lambda it: _with(it, ("Content-Encoding", "deflate"), body=_bare(it.body)),
    "in chunks": lambda it: _chunked(it, _chunks(it.body) + b"0\r\n\r\n"),
    "early hints first": lambda it: Answer(103, _raw(it), (("Link", "</style.css>; rel=preload"),)),
    "continue and processing first": lambda it: Answer(100, b"HTTP/1.1 102 Processing\r\n\r\n" + _raw(it)),
    "every tag twice": _twice,
    "with keys of its own": lambda it: _said(it, manifest={"sha256:0": {"tag": ["x"]}}, child=[]),
    "with a length and chunks": lambda it: _with(
        it, ("Transfer-Encoding", "chunked"), ("Content-Length", "3"), body=_chunks(it.body) + b"0\r\n\r\n"
    ),
}

ADDING = ("tags by name", "tags as a text", "tags as no", "tags in tags", "another repository")
"""What adds to a JSON object that is no list of tags, and leaves the rest as it was."""

HARMFUL: dict[str, Spoil] = {
    "half of the text": lambda it: _with(it, body=it.body[: len(it.body) // 2]),
    "a length too long": lambda it: _with(it, ("Content-Length", str(len(it.body) + 9)), ("Connection", "close")),
    "a length too long, and silence": lambda it: _with(it, ("Content-Length", str(len(it.body) + 9))),
    "a length too short": lambda it: _with(it, ("Content-Length", str(len(it.body) - 9))),
    "gzip that is none": lambda it: _with(it, ("Content-Encoding", "gzip")),
    "gzip that ends early": lambda it: _with(it, ("Content-Encoding", "gzip"), body=gzip.compress(it.body)[:-9]),
    "gzip with a wrong sum": lambda it: _with(
        it, ("Content-Encoding", "gzip"), body=gzip.compress(it.body)[:-8] + bytes(8)
    ),
    "gzip and something after it": lambda it: _with(
        it, ("Content-Encoding", "gzip"), body=gzip.compress(it.body) + b"x"
    ),
    "gzip of far too much": lambda it: _with(it, ("Content-Encoding", "gzip"), body=bomb()),
    "a packing unheard of": lambda it: _with(it, ("Content-Encoding", "br")),
    "chunks that break off": lambda it: _chunked(it, _chunks(it.body)),
    "chunks of no size": lambda it: _chunked(it, b"zz\r\n" + it.body),
    "hints without end": lambda it: Answer(103, b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100 + _raw(it)),
    "a flood of headers": lambda it: _with(it, *((f"X-{number}", "y") for number in range(300))),
    "a header without end": lambda it: _with(it, ("X-Long", "y" * 100_000)),
    "a redirect to itself": _always(Answer(302, b"", (("Location", "/v2/acme/api/tags/list"),))),
    "a redirect into nothing": _always(Answer(307, b"", (("Location", "http://127.0.0.1:1/"),))),
    "nothing": lambda it: _with(it, body=b""),
    "no content": _always(Answer(204)),
    "a part by its status": lambda it: replace(it, status=206),
    "not modified": lambda it: replace(it, status=304, body=b""),
    "an error by its text": lambda it: _with(it, body=b'{"errors":[{"code":"UNKNOWN"}],"tags":null}'),
    "another API": lambda it: _with(it, body=b'{"status":"UP"}'),
    "a list": lambda it: _with(it, body=b"[]"),
    "null": lambda it: _with(it, body=b"null"),
    "a number": lambda it: _with(it, body=b"1e999"),
    "tags by name": lambda it: _said(it, tags={}),
    "tags as a text": lambda it: _said(it, tags=""),
    "tags as no": lambda it: _said(it, tags=False),
    "tags in tags": lambda it: _said(it, tags=[["1.0.0"]]),
    "another repository": lambda it: _said(it, name="acme/web"),
    "no UTF-8": lambda it: _with(it, body=it.body.replace(b"1.0", b"1.\xff", 1)),
    "something after it": lambda it: _with(it, body=it.body + b"<!-- cached -->"),
    "HTML": _always(Answer(200, b"<html>please log in</html>", (("Content-Type", "text/html"),))),
    "a link that cannot be read": lambda it: _with(it, ("Link", "next")),
    "too many requests": _always(refusal(429, "TOOMANYREQUESTS")),
    "a server's error": _always(refusal(502, "UNKNOWN")),
    "not there": _always(refusal(404, "NAME_UNKNOWN")),
    "not there, as a page": _always(Answer(404, b"<html>")),
    "not allowed": _always(refusal(403, "DENIED")),
    "who are you": _always(refusal(401, "UNAUTHORIZED")),
    "as a message": _always(answer_json({"message": "try again"}, 405)),
}
