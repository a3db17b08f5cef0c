"""What ingest/cluster/ promises."""
