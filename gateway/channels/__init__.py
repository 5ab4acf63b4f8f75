"""The ways in and out, one file each; an adapter knows nothing of the route."""
