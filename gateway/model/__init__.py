"""Frozen facts that every part of the gateway speaks in; imports nothing of the gateway."""
