"""Generated JSON Schemas and the AsyncAPI document; ``python -m topics.schemas`` writes them."""
