"""An answer's body as it comes over the wire: of the final response, whole, unpacked, and never more than allowed."""

from __future__ import annotations

import http.client
import zlib

_CHUNK = 1 << 16
_MOST_INTERIM = 16
_MOST_HEADERS = 1 << 16  # bytes: what servers and proxies take for a request's, several times over
_EITHER, _BARE = 32 + zlib.MAX_WBITS, -zlib.MAX_WBITS  # gzip's or zlib's header, or none


class TooBig(Exception):
    """The body has more bytes than allowed."""


class Garbled(http.client.HTTPException):
    """The body cannot be unpacked; `args[0]` is why, in words of ours."""


class Final(http.client.HTTPResponse):
    """The final response: what servers say before (102, 103; RFC 9110, 15.2) is read and passed over.

    http.client does so with 100 alone. Taken for the answer, an interim response leaves the true one on the
    connection, for whoever asks next.
    """

    def begin(self) -> None:
        """Read status and headers."""
        for _ in range(_MOST_INTERIM):
            super().begin()
            if sum(len(name) + len(value) for name, value in self.headers.items()) > _MOST_HEADERS:
                raise Garbled("its headers are too long")
            if not 100 <= self.status < 200:
                return
            del self.headers
            self.headers = None  # type: ignore[assignment] # as before the first
        raise Garbled("it never comes to its answer")


def read(response: http.client.HTTPResponse, method: str, limit: int) -> bytes:
    """The whole body, unpacked where the server packed it (asked or not), of at most `limit` bytes.

    Raises IncompleteRead when it breaks off, Garbled when it cannot be unpacked, TooBig. Headers that break off look
    as if they had come to their end: then nothing follows, and nothing said how much would.
    """
    untold = response.status == 200 and response.length is None and not response.chunked
    expected, parts, size, came = response.length or int(untold), [], 0, 0
    unpack = _unpacker(response.headers.get("Content-Encoding", ""), limit)
    while chunk := response.read1(_CHUNK):
        came += len(chunk)
        parts.append(unpack.feed(chunk) if unpack else chunk)
        size += len(parts[-1])
        if size > limit:
            raise TooBig
    if came < expected and method != "HEAD":
        raise http.client.IncompleteRead(b"", expected - came)
    if unpack and came:
        unpack.end()
    response.close()
    return b"".join(parts)


def _unpacker(coding: str, limit: int) -> _Unpack | None:
    name = coding.strip().lower()
    if name in ("", "identity"):
        return None
    if name not in ("gzip", "x-gzip", "deflate"):
        raise Garbled("it is packed in a way that nobody asked for")
    return _Unpack(limit)


class _Unpack:
    """gzip and deflate, a piece at a time: never more than just beyond the limit comes out of one."""

    def __init__(self, limit: int) -> None:
        self._limit, self._first = limit, True
        self._inner = zlib.decompressobj(_EITHER)

    def feed(self, chunk: bytes) -> bytes:
        """What a piece holds. Raises Garbled."""
        try:
            found = self._begun(chunk)
        except zlib.error:
            raise Garbled("its compression cannot be read") from None
        if self._inner.unused_data:
            raise Garbled("something follows its compressed text")
        return found

    def _begun(self, chunk: bytes) -> bytes:
        """Some servers send deflate without the header that RFC 9110, 8.4.1.2 wants."""
        try:
            return self._inner.decompress(chunk, self._limit + 1)
        except zlib.error:
            if not self._first:
                raise
            self._inner = zlib.decompressobj(_BARE)
            return self._inner.decompress(chunk, self._limit + 1)
        finally:
            self._first = False

    def end(self) -> None:
        """Raises IncompleteRead when the compressed text is not at its end."""
        if not self._inner.eof:
            raise http.client.IncompleteRead(b"")
