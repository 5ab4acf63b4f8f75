"""The app: its routes, and that every refusal is a problem, whoever found it."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy import text
from starlette.exceptions import HTTPException

from gateway.api import transmissions
from gateway.api.edge import Edge, edge_of
from gateway.api.problem import Problem, problem_response
from gateway.model.outcomes import TryLater

_CODES = {404: "http.no_such_place", 405: "http.no_such_method"}
"""What FastAPI refuses itself, in our words."""


def create(edge: Edge) -> FastAPI:
    """The app over this edge; nothing is opened yet."""
    app = FastAPI(title="edi-gateway", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.edge = edge
    app.include_router(transmissions.routes)
    app.add_api_route("/healthz", health, methods=["GET"])
    app.add_api_route("/readyz", ready, methods=["GET"])
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(TryLater, _later)
    app.add_exception_handler(HTTPException, _not_here)
    app.add_exception_handler(RequestValidationError, _unfit)
    app.add_exception_handler(Exception, _fault)
    return app


async def health() -> JSONResponse:
    """The server answers."""
    return JSONResponse({"ok": True})


def ready(request: Request) -> JSONResponse:
    """Files can be taken: the ledger can be read, and there is room."""
    edge = edge_of(request)
    with edge.read() as snapshot:
        snapshot.execute(text("SELECT 1"))
    if not edge.room():
        raise Problem("http.not_ready", why="the disk is nearly full")
    return JSONResponse({"ok": True})


async def _problem(_request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)  # noqa: S101 - for mypy: it is registered for these
    return problem_response(problem)


async def _later(_request: Request, later: Exception) -> JSONResponse:
    return problem_response(Problem("http.not_ready", why=str(later)[:200]))


async def _not_here(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - for mypy: it is registered for these
    code = _CODES.get(error.status_code, "http.request_unfit")
    facts = {"method": request.method[:20], "why": str(error.detail)[:200]}
    return problem_response(Problem(code, headers=error.headers, **facts))


async def _unfit(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - for mypy: it is registered for these
    return problem_response(Problem("http.request_unfit", why=str(error.errors()[0]["msg"])[:200]))


async def _fault(_request: Request, _error: Exception) -> JSONResponse:
    return problem_response(Problem("http.fault"))
