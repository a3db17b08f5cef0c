"""What runs, and when: the flows, and the only home of Prefect."""
