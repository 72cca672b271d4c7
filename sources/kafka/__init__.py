"""Files into the topics: acked, in transactions, and from where a killed run stood."""
