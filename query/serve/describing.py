"""The API's description of itself: OpenAPI 3.1, with the one shape of errors and what this server asks a token for."""

from typing import Any

from fastapi import FastAPI

from query.serve.problems import ProblemBody
from query.serve.serving import Serving

_SHAPES = "#/components/schemas/{model}"


def describe(app: FastAPI, serving: Serving) -> None:
    """Let `app` tell what no signature can say."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:  # Any: JSON
        if app.openapi_schema is None:
            app.openapi_schema = _told(plain(), serving)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # how FastAPI wants it


def _told(document: dict[str, Any], serving: Serving) -> dict[str, Any]:  # Any: JSON
    schemas = document["components"]["schemas"]
    shape = ProblemBody.model_json_schema(ref_template=_SHAPES)
    schemas |= shape.pop("$defs", {}) | {"ProblemBody": shape}
    for name in ("HTTPValidationError", "ValidationError"):  # which no room answers with
        schemas.pop(name, None)
    if serving.is_open:
        for path in document["paths"].values():
            for method, operation in path.items():
                if method == "get" and "security" in operation:
                    operation["security"] = [{}, *operation["security"]]
    return document
