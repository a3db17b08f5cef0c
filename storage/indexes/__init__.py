"""What stored variants are found by when more articles come: sorted runs of keys, kept as rows."""
