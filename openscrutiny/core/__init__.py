"""The pure part of the house: no framework, database, network, clock or hidden randomness."""
