"""Who may ask over HTTP, and what their writes were answered."""
