"""What clips are turned into before they are compared."""
