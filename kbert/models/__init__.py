"""Models read text graphs, each in its own way, and give a vector for every piece of a text.

A model is a file with

- ``READS_FACTS``: whether facts change what it sees (then ``cut`` of its layouts counts ``texts_grown``, the texts
  that took one in);
- ``Batch``: a dataclass of tensors, batch first;
- ``Model(backbone, *, option=default, …)``, a ``torch.nn.Module`` with
  ``layout(rows) -> Layout`` (numpy, no padding; many rows at once),
  ``collate(layout, which) -> Batch`` (the chosen texts, padded to the longest) and
  ``forward(batch) -> Encoded``: vectors of pieces, the word of each piece, and which pieces are the text's own.

A model knows no task; a task knows no model.
"""
