"""What a load does: documents read in batches, signed here or by helpers, and stored."""
