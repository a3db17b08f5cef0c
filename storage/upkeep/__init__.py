"""What maintenance does: lets go of what is old, and works over what an earlier release made."""
