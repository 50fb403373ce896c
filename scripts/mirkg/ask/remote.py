"""Remote: the same questions asked of any SPARQL 1.1 endpoint, through SPARQLWrapper."""

from __future__ import annotations

import json
import re
from typing import Any

from mirkg.ask import sparql
from mirkg.ask.store import Answer
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import prefixes

TIMEOUT = 30  # seconds
_FORMS = {
    "json": "application/sparql-results+json",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}


class Endpoint:
    """Answer SPARQL from a remote endpoint, by POST and with a time limit."""

    def __init__(self, url: str, timeout: int = TIMEOUT) -> None:
        if not re.match(r"https?://[^\s/]", url):
            raise BadInput(f"{url!r} is no endpoint. Give its http:// or https:// address.")
        self.url = url
        self.timeout = timeout

    def select(self, query: str) -> Answer:
        """Return the rows of a SELECT query.

        Raises:
            BadInput: the endpoint does not answer, refuses the query, or answers something else.
        """
        content = self.raw(query, "json")
        try:
            told = json.loads(content)
            columns = tuple(told["head"]["vars"])
            rows = [
                tuple(row.get(name, {}).get("value", "") for name in columns) for row in told["results"]["bindings"]
            ]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"{self.url} did not answer with SPARQL results. Is it a SPARQL 1.1 endpoint?") from error
        return Answer(columns, rows)

    def raw(self, query: str, form: str) -> bytes:
        """Return the answer to any query: results as json, csv or tsv, graphs as Turtle.

        Raises:
            BadInput: see `select`.
        """
        from urllib.error import HTTPError, URLError

        from SPARQLWrapper import POST, SPARQLWrapper
        from SPARQLWrapper.SPARQLExceptions import EndPointNotFound, SPARQLWrapperException

        wrapper: Any = SPARQLWrapper(self.url, agent="mirkg")
        wrapper.setMethod(POST)
        wrapper.setTimeout(self.timeout)
        wrapper.setQuery(sparql.declared(query, prefixes()))
        wrapper.setOnlyConneg(True)
        wrapper.addCustomHttpHeader("Accept", f"{_FORMS[form]}, text/turtle;q=0.9")
        try:
            return bytes(wrapper.query().response.read())
        except EndPointNotFound as error:
            raise BadInput(f"{self.url} answered 404 Not Found. Is the path right?") from error
        except SPARQLWrapperException as error:
            raise BadInput(f"{self.url} refused the query: {_answered(error)}") from error
        except HTTPError as error:
            raise BadInput(f"{self.url} answered {error.code} {error.reason}.") from error
        except TimeoutError as error:
            raise BadInput(f"{self.url} did not answer within {self.timeout} s.") from error
        except URLError as error:
            raise BadInput(f"{self.url} cannot be reached: {error.reason}.") from error
        except OSError as error:
            raise BadInput(f"{self.url} cannot be reached: {error}.") from error


def _answered(error: Exception) -> str:
    """Return what a server said, out of what SPARQLWrapper makes of it."""
    response = str(error).rpartition("Response:")[2].strip()
    return " ".join(re.sub(r"^b'|'$", "", response).replace("\\n", " ").split())[:300]
