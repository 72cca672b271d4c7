"""Other engines at the same reduced fold, each a process of its own."""
