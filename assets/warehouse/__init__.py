"""The bridge to dbt and the working DuckDB file."""
