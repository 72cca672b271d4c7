"""What is on the wire: events, reference rows, outputs, their codec and the catalogue of topics."""
