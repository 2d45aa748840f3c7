"""POST /hooks/NAME: somebody tells that something was pushed. Who it is, what it says, and what is looked at for it.

    202   it is looked at, as are the images it names; what names none is thanked all the same
    400   it is none of that sender's payloads
    401   the sender does not prove itself
    404   there is no webhook of that name
    415   it is no JSON
    429   it needs no proof, and there is too much of it

An answer says nothing of what is known here. A signed body that came within a day does nothing.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from math import ceil

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tagwright import webhooks
from tagwright.credentials import named
from tagwright.errors import TagwrightError, UsageError
from tagwright.model import Asked, Config, Moved, Proves, Pushed, Secret, Target, Webhook
from tagwright.model.hints import Hint
from tagwright.model.hooked import SENDERS
from tagwright.outside import PassForges
from tagwright.serve.house import House
from tagwright.serve.web import whose
from tagwright.serve.web.commands import Commands
from tagwright.serve.web.edge import address
from tagwright.webhooks import proofs
from tagwright.webhooks.replays import Replays

log = logging.getLogger(__name__)

_AT_ONCE = 8  # threads that check Google's tokens: the first waits for its keys

_ORIGIN = re.compile(r"[A-Za-z0-9.-]{1,253}")

RESULTS = {200: "greeted", 202: "taken", 400: "unreadable", 401: "refused", 415: "unreadable", 429: "limited"}
"""What a status is called where webhooks are counted."""

Checker = Callable[[str], None]


def routes(house: House, environ: Mapping[str, str] = os.environ) -> list[Route]:
    """/hooks/NAME, and /hooks/NAME/SECRET for senders that can do nothing else."""
    room = _Room(house, environ)
    return [
        Route("/hooks/{name}", room.post, methods=["POST"]),
        Route("/hooks/{name}", room.asked, methods=["OPTIONS"]),
        Route("/hooks/{name}/{secret:path}", room.post, methods=["POST"]),
    ]


def secrets(hook: Webhook, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets that count: the one that is configured, and the one before while that is named.

    Raises TagwrightError where one cannot be read.
    """
    return tuple(_read(one, environ) for one in (hook.secret, hook.previous_secret) if one)


def check(config: Config, environ: Mapping[str, str]) -> None:
    """Are all secrets of webhooks there? Raises UsageError."""
    for hook in config.service.webhooks:
        try:
            secrets(hook, environ)
        except TagwrightError as error:
            hint = "nobody could prove to be that sender; give the service its secret"
            raise UsageError(f"webhook {hook.name}: {error.message}", hint=hint) from None


def _read(secret: Secret, environ: Mapping[str, str]) -> str:
    found = named.secret(secret, environ)
    if not found:
        raise TagwrightError(f"the {named.place(secret)} that serve.webhooks names is empty")
    return found


class _Room:
    """What lasts from one request to the next."""

    def __init__(self, house: House, environ: Mapping[str, str]) -> None:
        self._house, self._environ = house, environ
        self._replays = Replays()
        self._threads = CapacityLimiter(_AT_ONCE)
        self._googles: Callable[[str, str], Checker] = lru_cache(maxsize=200)(partial(_pusher, environ))
        self._commands = Commands(
            lambda target: PassForges().open(target), lambda target: house.agenda.due([target.name])
        )

    async def asked(self, request: Request) -> Response:
        """May a sender of CloudEvents send here? It is no login: what it sends has to prove itself all the same.

        github.com/cloudevents/spec, http-webhook, "Abuse protection"; Event Grid asks so for its CloudEvents schema.
        """
        hook = self._hook(request)
        origin = request.headers.get("webhook-request-origin", "")
        if hook is None or not webhooks.SENDERS[hook.kind].asks or not _ORIGIN.fullmatch(origin):
            return _said(405, "a webhook is posted", {"Allow": "POST"})
        return Response(headers={"Allow": "POST", "WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})

    async def post(self, request: Request) -> JSONResponse:
        """One delivery, and a count of it."""
        hook = self._hook(request)
        if hook is None:
            return _said(404, "there is no webhook of that name")
        answer = await self._delivered(hook, request)
        self._house.metrics.hooked(hook.kind, RESULTS[answer.status_code])
        return answer

    def _hook(self, request: Request) -> Webhook | None:
        name = request.path_params["name"]
        return next((one for one in self._house.config.service.webhooks if one.name == name), None)

    async def _delivered(self, hook: Webhook, request: Request) -> JSONResponse:
        if not _is_json(request.headers.get("content-type", "")):
            return _said(415, "expected JSON: set the content type of the webhook to application/json")
        if hook.unauthenticated and (seconds := self._house.strangers.wait(address(request.scope))):
            return _said(429, "too many requests without a proof", {"Retry-After": str(ceil(seconds))})
        given = await _given(request, self._house.now().timestamp())
        if not await self._proven(hook, given):
            return _said(401, "the sender does not prove itself: is the secret the right one, and in the right place?")
        try:
            return self._heard(hook, given)
        except webhooks.Unreadable as error:
            return _said(400, str(error))

    async def _proven(self, hook: Webhook, given: proofs.Request) -> bool:
        if hook.unauthenticated:
            return True
        if SENDERS[hook.kind] is Proves.TOKEN:
            return await to_thread.run_sync(self._is_googles, hook, given, limiter=self._threads)
        proof = webhooks.SENDERS[hook.kind].proof
        if hook.header:
            proof = proofs.InHeader(hook.header)
        try:
            return proof.holds(given, secrets(hook, self._environ))
        except TagwrightError as error:
            log.error("webhook %s: %s", hook.name, error.message)
            return False

    def _is_googles(self, hook: Webhook, given: proofs.Request) -> bool:
        from tagwright.announce import Refused

        scheme, _, token = given.headers.get("authorization", "").partition(" ")
        try:
            self._googles(hook.audience, hook.email)(token.strip())
        except Refused as refused:
            log.info("webhook %s: the token is refused: %s", hook.name, refused.why)
            return False
        return scheme.lower() == "bearer"

    def _heard(self, hook: Webhook, given: proofs.Request) -> JSONResponse:
        """What a delivery of somebody who is known does. Raises Unreadable."""
        sender = webhooks.SENDERS[hook.kind]
        message = webhooks.message(given.body, given.headers, hook.registry)
        if greeted := sender.greet(message):
            return JSONResponse(greeted)
        once = sender.proof.signed(given) and not sender.same_again and not hook.unauthenticated
        if once and self._replays.is_one(hook.name, given.body, given.clock):
            return JSONResponse({"images": 0, "targets": 0, "repeated": True}, 202)
        hints = webhooks.hints(hook.kind, message)
        images, targets = self._act(hook, hints)
        if once:
            self._replays.note(hook.name, given.body, given.clock)
        log.info("webhook %s: %d images, %d targets", hook.name, images, targets)
        return JSONResponse({"images": images, "targets": targets}, 202)

    def _act(self, hook: Webhook, hints: tuple[Hint, ...]) -> tuple[int, int]:
        """How many images it is about, and how many targets are looked at for it. Whoever proves nothing commands
        nothing: anybody can name somebody who may."""
        house, told = self._house, self._house.now()
        images = [hint.image for hint in hints if isinstance(hint, Pushed)]
        targets = house.agenda.hint(images, told) if images else 0
        for hint in hints:
            if isinstance(hint, Moved):
                targets += house.agenda.due([one.name for one in self._moved(hint)], told=told)
            elif isinstance(hint, Asked) and not hook.unauthenticated:
                for target in whose.same(hint.addresses, house.config.targets):
                    targets += self._commands.take(target, hint)
        return len(images), targets

    def _moved(self, hint: Moved) -> list[Target]:
        house = self._house
        unsaid = (one for one in house.config.targets if not one.branch)
        heads = {one.name: seen.branch for one in unsaid if (seen := house.board.of(one))}
        return list(whose.moved(hint, house.config.targets, heads))


async def _given(request: Request, clock: float) -> proofs.Request:
    """What a proof looks at. A header that comes twice counts as it came first."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers.setdefault(name.lower(), value)
    in_url = request.path_params.get("secret", "") or request.query_params.get("secret", "")
    return proofs.Request(headers, await request.body(), in_url, clock)


def _is_json(content_type: str) -> bool:
    """Some senders leave it out; a form or a text is refused."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind in ("", "application/json") or (kind.startswith("application/") and kind.endswith("+json"))


def _pusher(environ: Mapping[str, str], audience: str, email: str) -> Checker:
    from tagwright.announce.google import pusher

    return pusher(audience, email, environ)


def _said(status: int, words: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": words}, status, headers)
