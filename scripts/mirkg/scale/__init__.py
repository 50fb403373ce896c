"""Large tables: built partition after partition, their rules as SQL on DuckDB, here or on a cluster."""
