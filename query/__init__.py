"""How people ask the story database and put it right: the command line, the API and the page."""
