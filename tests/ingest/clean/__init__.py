"""What ingest/clean/ promises."""
