"""Redirects: rules for the hosts that send a client from an IRI to the form it asks for, and the sitemap.

A web server of files knows no quality values, so the rules take the first form that a client names without one, else
the first that it names with one, else Turtle, as `mirkg serve` does for a client that names none.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from mirkg.serve.desk import KINDS

# What a client may call each form.
_NAMES = {
    "html": (r"text/html", r"application/xhtml\+xml"),
    "ttl": (r"text/turtle", r"application/trig"),
    "jsonld": (r"application/ld\+json", r"application/json"),
    "nt": (r"application/n-triples", r"text/plain"),
    "rdf": (r"application/rdf\+xml", r"application/xml", r"text/xml"),
}
_DOCUMENTS = r"ontology(?:/(?:alignments|prefixes|[0-9]+\.[0-9.]+))?|questions/[a-z0-9-]+|sparql|shapes|mappings"
IRI = rf"((?:{'|'.join(KINDS)})/.+|{_DOCUMENTS})"
_FILE = rf"{IRI}\.(?:{'|'.join(_NAMES)})"
_FULL = r"(?!\s*;\s*q=0)"  # named without a quality below 1
_MEDIA = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "nq": "application/n-quads",
    "rdf": "application/rdf+xml",
    "trig": "application/trig",
    "rq": "application/sparql-query",
    "tsv": "text/tab-separated-values",
}


def conditions() -> list[tuple[str, str]]:
    """Return patterns of the Accept header with the form that each means; the first that matches holds."""
    found = []
    for quality in (_FULL, ""):
        every = "|".join(f"{name}{quality}" for names in _NAMES.values() for name in names)
        for form, names in _NAMES.items():
            own = "|".join(f"{name}{quality}" for name in names)
            found.append((f"^(?:(?!{every}).)*(?:{own})", form))
    return found


def files(pages: list[str], base: str) -> Iterator[tuple[str, bytes]]:
    """Yield the rules of each host, and where the address of the site is known those of w3id.org and the sitemap."""
    path = urlsplit(base).path.rstrip("/")
    yield ".htaccess", apache(path if base else None).encode()
    yield "redirects/nginx.conf", nginx(path).encode()
    if base:
        yield "redirects/w3id.htaccess", w3id(base).encode()
        yield "sitemap.xml", sitemap(pages, base).encode()


def _forms() -> list[str]:
    """Return the rules of Apache that set FORM; the last that holds wins, so the best stands last."""
    lines = ["RewriteRule ^ - [E=FORM:ttl]"]
    for pattern, form in reversed(conditions()):
        lines += [f'RewriteCond %{{HTTP_ACCEPT}} "{pattern}" [NC]', f"RewriteRule ^ - [E=FORM:{form}]"]
    return lines


def apache(path: str | None) -> str:
    """Return the .htaccess of the site itself; `path` is where it lies on its host, None if unknown."""
    media = [f"  AddType {media} .{ending}" for ending, media in sorted(_MEDIA.items())]
    lines = [
        "# From an IRI of mirkg to the form that a client asks for. Written by mirkg site.",
        "Options -MultiViews",
        "<IfModule mod_dir.c>",
        "  DirectorySlash Off",
        "</IfModule>",
        "<IfModule mod_mime.c>",
        *media,
        "  AddCharset utf-8 .html .ttl .js .css .rq .tsv .csv",
        "</IfModule>",
        "<IfModule mod_headers.c>",
        '  Header always set Access-Control-Allow-Origin "*"',
        '  Header always merge Vary "Accept"',
        "</IfModule>",
        "RewriteEngine on",
        *([f"RewriteBase {path}/"] if path is not None else []),
        *_forms(),
        f"RewriteRule ^{_FILE}$ - [L]",
        "RewriteCond %{REQUEST_FILENAME} !-f",
        f"RewriteRule ^{IRI}$ $1.%{{ENV:FORM}} [R=303,L]",
    ]
    return "\n".join(lines) + "\n"


def w3id(base: str) -> str:
    """Return the .htaccess for https://w3id.org/mirkg/, which sends clients to the site."""
    lines = [
        "# mirkg: an audited, executable knowledge graph of a scientific review. Written by mirkg site.",
        "Options +FollowSymLinks -MultiViews",
        "RewriteEngine on",
        *_forms(),
        f"RewriteRule ^({_FILE})$ {base}/$1 [R=302,L]",
        f"RewriteRule ^{IRI}$ {base}/$1.%{{ENV:FORM}} [R=303,L]",
        f"RewriteRule ^$ {base}/index.%{{ENV:FORM}} [R=303,L]",
        f"RewriteRule ^(.+)$ {base}/$1 [R=302,L]",
    ]
    return "\n".join(lines) + "\n"


def nginx(path: str) -> str:
    """Return the rules for nginx, of a site that lies below a path of its host."""
    forms = [f'  "~*{pattern}" {form};' for pattern, form in conditions()]
    media = [f"    {media} {ending};" for ending, media in sorted(_MEDIA.items())]
    lines = [
        "# From an IRI of mirkg to the form that a client asks for. Written by mirkg site.",
        "# Include this file in the block http, and set root to the folder that holds the site.",
        "map $http_accept $mirkg_form {",
        "  default ttl;",
        *forms,
        "}",
        "server {",
        "  listen 80;",
        "  root /var/www;",
        "  index index.html;",
        "  absolute_redirect off;",
        "  types {",
        "    text/html html;",
        "    text/css css;",
        "    text/javascript js;",
        "    text/csv csv;",
        "    application/json json;",
        "    application/xml xml;",
        "    application/zip zip;",
        "    image/svg+xml svg;",
        *media,
        "  }",
        '  add_header Access-Control-Allow-Origin "*";',
        "  add_header Vary Accept;",
        f'  location ~ "^{path}/{_FILE}$" {{',
        "    try_files $uri =404;",
        "  }",
        # A name, since the patterns of the map take $1 for themselves.
        f'  location ~ "^{path}/(?<mirkg_path>{IRI[1:]}$" {{',
        f"    return 303 {path}/$mirkg_path.$mirkg_form;",
        "  }",
        "}",
    ]
    return "\n".join(lines) + "\n"


def sitemap(pages: list[str], base: str) -> str:
    """Return the addresses of all pages for search engines."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    lines = [f"<url><loc>{escape(f'{base}/{quote(page)}')}</loc></url>" for page in pages]
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return "\n".join([head, f'<urlset xmlns="{space}">', *lines, "</urlset>"]) + "\n"
