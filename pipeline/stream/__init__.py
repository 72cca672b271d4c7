"""The stages on Kafka: the same core as in a replay, one transaction a batch and partition.

``stages`` is pure: records in, records and state rows out. ``partition`` is one partition of all
stages at work, ``transactions`` and ``restore`` its way to Kafka and back, ``transport`` the
batching consumer under Faust, ``app`` the agents.
"""
