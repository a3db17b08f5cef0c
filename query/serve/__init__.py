"""newsfold serve: the API and the page, two faces over the questions that the command line asks too."""
