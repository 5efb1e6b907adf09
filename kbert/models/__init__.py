"""Models read text graphs, each in its own way, and give a vector for every piece of a text.

A model is a file with

- ``KNOWLEDGE``: what it reads beside the text, ``"facts"``, ``"vectors"``, ``"arcs"`` or None. If it reads any,
  ``cut`` of its layouts counts ``texts_linked``, the texts that took some in. Facts are shuffled where graphs are
  built; a model that reads something else has an option ``control`` (``none``, ``zero`` or ``shuffled``);
- ``CARRIES``, if it needs more than its weights: the options that name folders which a run keeps a copy of, each an
  attribute of the model with ``save_to(folder)`` and ``digest``;
- ``WORDS_ALONE = True``, if what it knows reaches the vectors of words and not those of special pieces: a head that
  reads no words is then refused;
- ``learnt(options, batches) -> options`` with ``LEARNT_FROM``, the columns that it reads, if options hang on the
  training texts;
- ``Batch``: a dataclass of tensors, batch first;
- ``Model(backbone, *, option=default, …)``, a ``torch.nn.Module`` with
  ``layout(rows) -> Layout`` (numpy, no padding; many rows at once),
  ``collate(layout, which) -> Batch`` (the chosen texts, padded to the longest) and
  ``forward(batch) -> Encoded``: vectors of pieces, the word of each piece, and which pieces are the text's own.
  ``settled``, if it is there, are the options that the encoder has decided, with their values.

A model knows no task; a task knows no model.
"""
