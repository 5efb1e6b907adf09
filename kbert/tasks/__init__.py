"""Tasks: what is to be said of a text, how its loss is counted and how well it was said.

A task is a file with

- ``NEEDS``: the columns of a row, beside ``id``, that labels, gold and targets are read from;
- ``MARKERS``: by role of a span, the name of the special piece it wants before and behind it;
- ``labels(batches) -> list[str]``: all labels of the training rows, sorted;
- ``gold(rows) -> list``: what should be said of each row (None: nobody knows);
- ``Head(width, labels, *, option=default, …)``, a ``torch.nn.Module`` with
  ``targets(rows) -> Targets``, ``forward(encoded) -> scores`` in float32,
  ``loss(scores, target, encoded) -> (sum, count)`` and ``decode(scores, encoded) -> list[dict]``,
  a prediction as JSON for each text;
  ``reads_words`` says whether vectors of words reach the scores, and not those of special pieces alone;
- ``said(prediction)``: what of a prediction is compared with the gold;
- ``counts(gold, said, labels) -> [texts, counts]`` and ``primary(labels, options) -> Metric``: the metric
  that chooses the best epoch, as a function of summed counts; ``options`` are those of the head;
- ``others(gold, labels, options) -> list[Metric]``: by what else runs can be compared, also from summed counts, the
  larger the better;
- ``metrics(gold, said, labels, options) -> dict``: every metric worth printing.

A gold label that is not among ``labels`` counts as wrong and is reported (``unseen_labels``).
A task knows no model; a model knows no task.
"""
