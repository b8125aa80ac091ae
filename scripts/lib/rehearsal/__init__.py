"""The whole system on one machine, under load, while faults happen to it: see scripts/rehearse."""
