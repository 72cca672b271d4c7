"""The command line: one file a command, thin wrappers around what they name."""
