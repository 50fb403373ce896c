"""Site: the graph as a folder of static files, which any web server can serve: pages, RDF, answers and downloads."""
