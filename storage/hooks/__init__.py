"""Webhooks: which there are, and what each is still to be told."""
