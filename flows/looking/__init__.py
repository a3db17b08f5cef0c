"""What looks at articles, pages and sources, and stores nothing."""
