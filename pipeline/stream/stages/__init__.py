"""One partition's stages, pure: no Kafka, no clock. Records in; records and state rows out."""
