"""Networks and statistics that turn sounds into features."""
