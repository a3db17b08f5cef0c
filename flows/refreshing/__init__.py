"""What a refresh does: sources polled and pages fetched, host by host, and what comes of them stored."""
