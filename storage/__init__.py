"""Where stories live: the only home of SQL."""
