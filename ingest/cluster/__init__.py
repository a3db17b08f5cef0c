"""What is the same: tokens, signatures, profiles, and the decisions made from them. Pure."""
