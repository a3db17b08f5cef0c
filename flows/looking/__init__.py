"""What looks at articles, pages and sources, and leaves the stories as they are."""
