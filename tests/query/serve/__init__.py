"""The API and the page, on a real server."""
