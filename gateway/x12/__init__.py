"""X12 as bytes and rules: no disk but the maps, no clock, no partner."""
