"""Partners, entities, agreements and channels: read from TOML, typed, checked, frozen."""
