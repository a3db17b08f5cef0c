"""What runs came to, told: on a terminal, as a page of Prefect's, to webhooks."""
