"""What GitHub publishes of its API, as the judge of what is asked of it and of what the one on the stage answers.

The descriptions come from npm (@octokit/openapi, @octokit/graphql-schema); `.ci/run` brings them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_schema, parse, validate
from graphql.execution.values import get_variable_values
from openapi_schema_validator import OAS30Validator

from tests.support.forge_server import Exchange

_EVERYWHERE = {"401", "404"}  # may end any request, and no operation names them all
_ERROR = {"$ref": "#/components/schemas/basic-error"}


class OpenApi:
    """GitHub's REST API by its OpenAPI description; paths are those after the API's base."""

    def __init__(self, path: Path) -> None:
        self._said = json.loads(path.read_bytes())
        self._patterns = [(_pattern(path), operations) for path, operations in self._said["paths"].items()]

    def complaints(self, exchange: Exchange, prefix: str) -> Iterator[str]:
        """What of a request or its answer is not as described."""
        path = exchange.path.removeprefix(prefix)
        operation = self._operation(exchange.method, path)
        if operation is None:
            if exchange.status not in (401, 404):
                yield f"{exchange.method} {path}: GitHub has no such operation"
            return
        for complaint in (*self._request(operation, exchange), *self._answer(operation, exchange)):
            yield f"{exchange.method} {path} ({exchange.status}): {complaint}"

    def _operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        found = [operations for pattern, operations in self._patterns if pattern.fullmatch(path)]
        return next((one[method.lower()] for one in found if method.lower() in one), None)

    def _request(self, operation: Mapping[str, Any], exchange: Exchange) -> Iterator[str]:
        parameters = [self._resolved(one) for one in operation.get("parameters", ())]
        known = {one["name"]: one["schema"] for one in parameters if one["in"] == "query"}
        for name, value in exchange.query.items():
            if name not in known:
                yield f"no parameter {name}"
            elif known[name].get("type") == "string":
                yield from self._wrong(known[name], value, f"parameter {name}")
        body = operation.get("requestBody")
        if exchange.status >= 400:
            return  # it was refused, as it may have deserved
        if body is None and exchange.body:
            yield "a body where none is described"
        elif body is not None and exchange.body is not None:
            # "You can also pass an array of labels directly", says the description's own text
            labels = exchange.path.endswith("/labels") and isinstance(exchange.body, list)
            asked = {"labels": exchange.body} if labels else exchange.body
            yield from self._body(body["content"]["application/json"]["schema"], asked, "request")

    def _answer(self, operation: Mapping[str, Any], exchange: Exchange) -> Iterator[str]:
        described = operation["responses"].get(str(exchange.status))
        if described is None:
            if str(exchange.status) not in _EVERYWHERE:
                yield "no answer of that status is described"
            described = {"content": {"application/json": {"schema": _ERROR}}}
        content = self._resolved(described).get("content", {})
        if content or exchange.status >= 400:  # an error says what it is, described or not
            schema = content.get("application/json", {}).get("schema", _ERROR)
            yield from self._body(schema, exchange.answer, "answer")
        elif exchange.answer not in (None, b""):
            yield "an answer where none is described"

    def _body(self, schema: Mapping[str, Any], value: Any, what: str) -> Iterator[str]:
        """Valid, and without a field that is not described."""
        yield from self._wrong(schema, value, what)
        schema = self._resolved(schema)
        described = self._resolved(schema["items"]) if "items" in schema else schema
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and "properties" in described:
                unknown = sorted(set(one) - set(described["properties"]))
                yield from [f"{what}: {name} is no field of it" for name in unknown]

    def _wrong(self, schema: Mapping[str, Any], value: Any, what: str) -> Iterator[str]:
        whole = {"allOf": [schema], "components": self._said["components"]}
        for error in OAS30Validator(whole).iter_errors(value):
            yield f"{what} at {error.json_path}: {error.message[:200]}"

    def _resolved(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in said:
            _, *steps = said["$ref"].split("/")
            found: Any = self._said
            for step in steps:
                found = found[step]
            said = found
        return said


class GraphQl:
    """GitHub's GraphQL API by its public schema."""

    def __init__(self, path: Path) -> None:
        self._text = path.read_text("utf-8")

    @cached_property
    def _schema(self) -> GraphQLSchema:
        return build_schema(self._text, assume_valid=True)

    def complaints(self, exchange: Exchange) -> Iterator[str]:
        """What of a request that was answered with data GitHub would not understand."""
        if not isinstance(exchange.answer, dict) or not exchange.answer.get("data"):
            return
        document = parse(exchange.body["query"])
        for error in validate(self._schema, document):
            yield f"GraphQL: {error.message}"
        for definition in document.definitions:
            variables = getattr(definition, "variable_definitions", ())
            given = get_variable_values(self._schema, variables, exchange.body.get("variables") or {})
            errors = given if isinstance(given, list) else []
            yield from [f"GraphQL: {error.message}" for error in errors]


def _pattern(path: str) -> re.Pattern[str]:
    """A path with its parameters; only a reference's holds slashes."""
    parts = re.split(r"(\{[^}]+\})", path)
    kinds = {"{ref}": "(?:.+)", "{path}": "(?:.+)"}
    return re.compile("".join(kinds.get(one, "[^/]+") if one.startswith("{") else re.escape(one) for one in parts))
