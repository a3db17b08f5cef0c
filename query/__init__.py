"""How people ask the story database: the faces, and nothing that writes."""
