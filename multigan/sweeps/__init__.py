"""Many runs of one recipe: settings times seeds, side by side as processes, scored alike and told in one table."""
