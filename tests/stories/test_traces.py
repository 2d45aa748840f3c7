"""What a trace of a pass holds, and that nobody pays for it who does not want one."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tagwright import tracing
from tests.support.story import DEPLOYMENT, Running, Story


class Collector(ThreadingHTTPServer):
    """Takes OTLP over http, as a collector does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, ExportTraceServiceRequest]] = []
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        """End."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        request = ExportTraceServiceRequest()
        request.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append((self.path, request))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector for one test."""
    with closing(Collector()) as made:
        yield made


def spans_of(story: Story, line: str) -> list[ReadableSpan]:
    """The spans of one command."""
    kept = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with tracing.recorded(provider):
        assert story.runs(line).code == 0
    return list(kept.get_finished_spans())


def test_a_pass_is_one_tree_of_what_it_did(story: Story) -> None:
    """Pass, target, and below that target what it asked of the registry and of git, the push included."""
    image = story.offers("acme/api", "1.0.0", "1.1.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.replace("{image}", f"{image}:1.0.0")})
    story.configured()
    spans = spans_of(story, "tagwright run")
    by_name = {span.name: span for span in spans}
    assert {"pass", "target", "registry tags", "git push", "git fetch"} <= by_name.keys()
    (whole,) = [span for span in spans if span.parent is None]
    assert whole.name == "pass"
    target = by_name["target"]
    assert target.parent is not None
    assert target.parent.span_id == whole.context.span_id
    for name in ("registry tags", "git push"):
        parent = by_name[name].parent
        assert parent is not None
        assert parent.span_id == target.context.span_id, name
    assert by_name["target"].attributes == {"tagwright.target": "deploy"}
    assert by_name["registry tags"].attributes == {
        "tagwright.host": story.registry.host,
        "tagwright.image": f"{story.registry.host}/acme/api",
    }


def test_no_attribute_holds_an_address_or_is_long(story: Story) -> None:
    """Names alone, cut short: nothing that could hold a login, and nothing that a hostile file makes long."""
    image = story.offers("acme/" + "a" * 220, "1.0.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.replace("{image}", f"{image}:1.0.0")})
    story.configured()
    values = [str(value) for span in spans_of(story, "tagwright run") for value in (span.attributes or {}).values()]
    assert max(map(len, values)) == tracing.LONGEST
    assert not [value for value in values if "://" in value or str(story.folder) in value]


def test_the_standard_variables_send_them(story: Story, collector: Collector) -> None:
    """A whole process, told by the environment alone, sends its spans before it ends, under its own name."""
    image = story.offers("acme/api", "1.0.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.replace("{image}", f"{image}:1.0.0")})
    story.configured()
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_RESOURCE_ATTRIBUTES": "team=blue"}
    done = Running(("run", "--config", str(story.folder / "tagwright.yaml")), environ).ends()
    assert (done.code, done.err) == (0, done.err)
    ((path, request), *_) = collector.got
    assert path == "/v1/traces"
    (resource,) = request.resource_spans
    about = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert (about["service.name"], about["team"]) == ("tagwright", "blue")
    names = {one.name for _, got in collector.got for r in got.resource_spans for s in r.scope_spans for one in s.spans}
    assert {"pass", "target", "registry tags"} <= names


def test_a_collector_that_is_not_there_fails_no_pass(story: Story) -> None:
    """The spans are lost, said on standard error, and the pass has done its work in its time."""
    image = story.offers("acme/api", "1.0.0", "1.1.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.replace("{image}", f"{image}:1.0.0")})
    story.configured()
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    done = Running(("run", "--config", str(story.folder / "tagwright.yaml")), environ).ends(60)
    assert done.code == 0, done.err
    assert f"{image}:1.1.0" in story.remote.show("api.yaml")


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_they_are_wanted_where_the_variables_say_so(environ: dict[str, str], wanted: bool) -> None:
    """As the specification names them; an empty one is as good as none."""
    assert tracing.wanted(environ) is wanted


def test_without_the_extra_it_is_said_and_the_work_is_done(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody asked for traces and did not install what makes them."""
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with tracing.traced({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}), tracing.span("work"):
        pass
    assert "pip install 'tagwright[otel]'" in caplog.text


def test_only_http_is_spoken(caplog: pytest.LogCaptureFixture) -> None:
    """Another protocol that is asked for is said to be none of ours, and no http goes to its port."""
    with tracing.traced({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}):
        pass
    assert "http/protobuf" in caplog.text
