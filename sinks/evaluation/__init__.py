"""How good the fake verdicts of a database are, held against the truth about its adds.

runs = [measure(truth, db) for truth, db in pairs]      # one pair a seed
found = evaluate(runs)                                  # figures with intervals
found.as_json(); tables(found, "zh"); draw(found, folder, "zh")
"""

from sinks.evaluation.figures import Evaluation, evaluate
from sinks.evaluation.measure import measure
from sinks.evaluation.model import Run

__all__ = ["Evaluation", "Run", "evaluate", "measure"]
