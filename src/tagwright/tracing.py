"""Traces, for whoever collects them: a span for a pass, a target, and what it asks of Git, registries and forges.

The only import of OpenTelemetry (the extra `otel`), and only where its own variables say where to send them
(`OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`); else a span is nothing at all. What there is to
say is said in those variables: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
Attributes are names: no address, no argument, no word of a server, so that none can hold a secret.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

log = logging.getLogger(__name__)

LONGEST = 200  # characters of an attribute
FLUSHED = 5_000  # milliseconds that the last spans have to be sent
_WHERE = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_NOTHING: AbstractContextManager[None] = nullcontext()
_tracer: Tracer | None = None


def span(name: str, **attributes: str | int) -> AbstractContextManager[Any]:
    """What is done in the block is a span of that name; an attribute `registry_host` is `tagwright.registry_host`."""
    if _tracer is None:
        return _NOTHING
    said = {f"tagwright.{key}": _bounded(value) for key, value in attributes.items()}
    return _spanned(_tracer, name, said)


@contextmanager
def _spanned(tracer: Tracer, name: str, said: Mapping[str, str | int]) -> Iterator[None]:
    """What fails is marked by the kind of its error alone: the words may be a server's, or hold an address."""
    from opentelemetry.trace import StatusCode

    started = tracer.start_as_current_span(name, attributes=said, record_exception=False, set_status_on_exception=False)
    with started as span:
        try:
            yield
        except Exception as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether the surroundings say where traces go."""
    off = environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or environ.get("OTEL_TRACES_EXPORTER") == "none"
    return not off and any(environ.get(name) for name in _WHERE)


@contextmanager
def traced(environ: Mapping[str, str]) -> Iterator[None]:
    """Spans of the block are sent, where that is wanted and can be; what is left is sent at its end."""
    provider = _provider(environ) if wanted(environ) else None
    if provider is None:
        yield
        return
    with recorded(provider):
        yield


@contextmanager
def recorded(provider: TracerProvider) -> Iterator[None]:
    """Spans of the block go to that provider, which ends with it."""
    global _tracer
    from tagwright import __version__

    _tracer = provider.get_tracer("tagwright", __version__)
    try:
        yield
    finally:
        _tracer = None
        provider.force_flush(FLUSHED)
        provider.shutdown()


def _provider(environ: Mapping[str, str]) -> TracerProvider | None:
    """Spans by OTLP over http, in batches; None, and a warning, where that cannot be."""
    protocol = environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "")
    if protocol not in ("", "http/protobuf"):
        log.warning("no traces are sent: OTEL_EXPORTER_OTLP_PROTOCOL can be http/protobuf here")
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("no traces are sent: OpenTelemetry is not installed; pip install 'tagwright[otel]'")
        return None
    from tagwright import __version__

    logging.getLogger("opentelemetry").parent = logging.getLogger("tagwright")  # one log, whoever speaks
    about = {"service.name": environ.get("OTEL_SERVICE_NAME") or "tagwright", "service.version": __version__}
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _bounded(value: str | int) -> str | int:
    return value[:LONGEST] if isinstance(value, str) else value
