"""programs/offline."""
