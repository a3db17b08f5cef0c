"""What could keep newsfold from its work."""
