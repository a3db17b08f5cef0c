"""What ingest/load/ promises."""
