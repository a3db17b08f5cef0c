"""Other thresholds: what they would make of the stories, and that applied."""
