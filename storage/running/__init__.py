"""What runs take, hold and note: sources and hosts, pages that wait, what became of each, inputs kept."""
