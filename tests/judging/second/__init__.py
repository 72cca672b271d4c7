"""The parts of the second bank (see ``tests/judging/second_bank.py``)."""
