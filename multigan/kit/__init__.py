"""The kit that writes a new plugin, a package ready to publish. Imports no framework."""
