"""The rules of hosts on Apache and nginx themselves, where they are installed."""

import http.client
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mirkg.site import folder, redirects
from test_site import CLIENTS, HOST, KINDS, Files, site, small  # noqa: F401

pytestmark = pytest.mark.slow
APACHE = """
ServerName kg.example
ServerRoot "{top}"
PidFile "{top}/apache.pid"
ErrorLog "{top}/apache.log"
Listen 127.0.0.1:{port}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so
TypesConfig /etc/mime.types
DocumentRoot "{top}/www"
User nobody
Group nogroup
<Directory "{top}/www">
  AllowOverride All
  Options FollowSymLinks
  Require all granted
</Directory>
"""
NGINX = """
daemon off;
pid {top}/nginx.pid;
error_log {top}/nginx.log;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {top}/body;
  proxy_temp_path {top}/proxy;
  fastcgi_temp_path {top}/fastcgi;
  uwsgi_temp_path {top}/uwsgi;
  scgi_temp_path {top}/scgi;
  include {top}/site.conf;
}}
"""


def free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def apache(top: Path, port: int) -> Iterator[None]:
    (top / "apache.conf").write_text(APACHE.format(top=top, port=port))
    with running(["/usr/sbin/apache2", "-f", str(top / "apache.conf"), "-DFOREGROUND"], port):
        yield


@contextmanager
def nginx(top: Path, port: int) -> Iterator[None]:
    rules = (top / "www" / "mirkg" / "redirects" / "nginx.conf").read_text()
    rules = rules.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("root /var/www;", f"root {top}/www;")
    (top / "site.conf").write_text(rules)
    (top / "nginx.conf").write_text(NGINX.format(top=top))
    with running(["/usr/sbin/nginx", "-c", str(top / "nginx.conf"), "-e", str(top / "nginx.log")], port):
        yield


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            for _ in range(100):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    assert process.poll() is None, process.stdout and process.stdout.read()
                    time.sleep(0.1)
            yield
        finally:
            process.terminate()


@pytest.mark.parametrize("host", [apache, nginx])
def test_the_host_itself_sends_each_client_to_its_form(
    host: Callable[[Path, int], Iterator[None]],
    site: Files,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    top, port = tmp_path_factory.mktemp("top"), free()
    for one in (top, *top.parents[:2]):  # a server that drops its rights must get here
        one.chmod(0o755)
    (top / "www" / "mirkg").parent.mkdir()
    folder.write(str(top / "www" / "mirkg"), site.items(), lambda _: None)
    media = {"ttl": "text/turtle", "jsonld": "application/ld+json", "nt": "application/n-triples"}
    media |= {"rdf": "application/rdf+xml", "html": "text/html"}
    with host(top, port):
        for path in KINDS.values():
            for accept, form in CLIENTS.items():
                status, headers = asked(port, f"/mirkg/{path}", accept)
                assert (status, urlsplit(headers["location"]).path) == (303, f"/mirkg/{path}.{form}"), (path, accept)
                assert "Accept" in headers["vary"]
            for form, kind in media.items():
                status, headers = asked(port, f"/mirkg/{path}.{form}", "*/*")
                assert (status, headers["content-type"].partition(";")[0]) == (200, kind)
                assert headers["access-control-allow-origin"] == "*"
        assert asked(port, "/mirkg/", "text/html")[0] == 200
        assert asked(port, "/mirkg/entity/NOBODY.ttl", "*/*")[0] == 404
        assert asked(port, "/mirkg/questions/direction-of.rq", "*/*")[1]["content-type"].startswith(
            "application/sparql-query"
        )


def test_the_rules_of_w3id_run_on_apache(site: Files, tmp_path_factory: pytest.TempPathFactory) -> None:  # noqa: F811
    top, port = tmp_path_factory.mktemp("top"), free()
    for one in (top, *top.parents[:2]):
        one.chmod(0o755)
    (top / "www" / "mirkg").mkdir(parents=True)
    (top / "www" / "mirkg" / ".htaccess").write_bytes(site["redirects/w3id.htaccess"])
    with apache(top, port):
        for path in ("", *KINDS.values()):
            for accept, form in CLIENTS.items():
                status, headers = asked(port, f"/mirkg/{path}", accept)
                assert (status, headers["location"]) == (303, f"{HOST}/{path or 'index'}.{form}"), (path, accept)
        for file in ("entity/HOTAIR.ttl", "download/mirkg.trig", "index.html"):
            status, headers = asked(port, f"/mirkg/{file}", "text/html")
            assert (status, headers["location"]) == (302, f"{HOST}/{file}")


def asked(port: int, path: str, accept: str) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={"Accept": accept} if accept else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}


def test_patterns_have_no_bracket_that_nginx_would_end_at() -> None:
    assert all("}" not in pattern for pattern, _ in redirects.conditions())
