"""Serve: the graph as a SPARQL endpoint, as linked data and as pages, safe to leave open.

Queries of strangers run in worker processes that are killed at their limits; pages and the questions run fixed queries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirkg.problems import BadInput

if TYPE_CHECKING:
    from mirkg.serve.guard import Limits


def serve(path: str, host: str, port: int, base: str, limits: Limits) -> None:
    """Serve a graph until stopped.

    Raises:
        BadInput: the extra ``serve`` is not installed, the file is no graph, or the address is taken.
    """
    try:
        import uvicorn

        from mirkg.serve.app import application
    except ModuleNotFoundError as error:
        raise BadInput(f"mirkg serve needs {error.name}. Install it with: pip install 'mirkg[serve]'") from error
    made = application(path, base or f"http://{host}:{port}", limits)
    config = uvicorn.Config(
        made,
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=5,
        limit_concurrency=1000,
    )
    uvicorn.Server(config).run()
