"""The trail: events as leaves of one Merkle tree, its signed checkpoints, and the pack that proves them to others."""
