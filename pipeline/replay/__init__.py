"""Files in, verdicts out: the same keyed stages as in the stream, run as shards over files.

``run`` is the whole of it, ``shard`` one slice of all keys, ``cluster`` the shards in this process
or in processes of their own, ``settle`` the way from changed accounts to verdicts.
"""
