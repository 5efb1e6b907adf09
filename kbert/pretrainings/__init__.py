"""Ways to pre-train: each file is one. It names the ``MODEL`` of texts that it trains, and holds a ``Pretraining``.

``Pretraining(model, words, **options)`` takes that model and the head that names hidden words. It lays
texts out (``layout``, ``collate``) as a model does, refuses those that say nothing (``check``), and
says which are learnt from (``learnt``).
Called with a batch it corrupts the batch, reads it, and gives by name what was guessed
(:class:`kbert.guesses.Guesses`), scored in float32 (:meth:`kbert.layout.Encoded.for_heads`).
``save_pretrained(folder)`` leaves an encoder for ``--encoder``.
:class:`kbert.pretrainer.Pretrainer` has what all of them need.
"""
