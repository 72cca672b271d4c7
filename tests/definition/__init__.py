"""The contract said a second time, declaratively and on its own: what the tests hold the
incremental implementation to. Nothing here imports the implementation."""
