"""The pure core: no Kafka, no Faust, no clock, no database. Keyed stages and their rules."""
