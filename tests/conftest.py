"""Property tests run the same examples every time, on machines of any speed; shapes in signatures are checked."""

from itertools import count, groupby

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

from graphs.importing import Source, import_graph
from graphs.knowledge import KnowledgeGraph

settings.register_profile("repository", deadline=None, derandomize=True)
settings.load_profile("repository")
install_import_hook("kbert", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")


@pytest.fixture(scope="session")
def kg_of(tmp_path_factory):
    """Make a knowledge graph of triples, in their order, and of lines of a file of labels."""
    numbers = count()

    def make(triples, labels=(), folder=None):
        folder = folder or tmp_path_factory.mktemp("kg") / str(next(numbers))
        parts = folder.with_name(f"{folder.name}-parts")
        parts.mkdir()
        sources = []
        for (split, label), some in groupby(triples, key=lambda triple: (triple.split, triple.label)):
            fourth = "weight" if label == 1 else "label"
            path = parts / f"{len(sources)}.tsv"
            path.write_text(
                "".join(f"{t.head}\t{t.relation}\t{t.tail}\t{t.weight if label == 1 else -1}\n" for t in some),
                encoding="utf-8",
            )
            sources.append(Source(path, options={"fourth": fourth, "split": split}))
        if labels:
            (parts / "labels.jsonl").write_text("".join(f"{line}\n" for line in labels), encoding="utf-8")
        import_graph(folder, sources, labels=[parts / "labels.jsonl"] if labels else [])
        return KnowledgeGraph.open(folder)

    return make
