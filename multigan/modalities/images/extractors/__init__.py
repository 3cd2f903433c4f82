"""Networks and projections that turn images into features."""
