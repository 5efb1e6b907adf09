"""Labels and descriptions that stand in one text."""


def split_label(text: str, separator: str) -> tuple[str, str | None]:
    """Label and description of a text such as ``lemma, gloss``; no description without a separator in it.

    >>> split_label("stool, solid product, of the bowels", ", ")
    ('stool', 'solid product, of the bowels')
    >>> split_label("stool, solid product", "")
    ('stool, solid product', None)
    """
    label, found, description = text.partition(separator) if separator else (text, "", "")
    return (label, description or None) if found and label else (text, None)
