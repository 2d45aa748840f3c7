"""What a span says of what failed."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from tagwright import tracing


def test_an_error_is_marked_without_its_words() -> None:
    """They may be a server's, or hold an address with a login; its kind is enough."""
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with pytest.raises(ValueError, match="hunter2"), tracing.recorded(provider), tracing.span("git fetch"):
        raise ValueError("https://me:hunter2@git.example.com/?token=hunter2")
    spans = kept.get_finished_spans()
    assert [(one.status.status_code, one.status.description) for one in spans] == [(StatusCode.ERROR, "ValueError")]
    assert not any("hunter2" in one.to_json() for one in spans)
