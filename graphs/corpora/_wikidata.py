"""What a knowledge graph calls the items of Wikidata."""

from graphs.corpora._objects import decoded
from graphs.errors import DataError, shown
from graphs.lines import lines


def names_of(path: str) -> dict[str, str]:
    """The entity of each Wikidata id, as JSON lines of labels have them; of several the first. None without a file."""
    names: dict[str, str] = {}
    if not path:
        return names
    for number, line in lines(path):
        if line.strip():
            item = decoded(path, number, line)
            name, wikidata = item.string("id") or item.string("name"), item.string("wikidata")
            if name is None:
                raise item.error("the name of an entity as id or name", f"the keys {shown(', '.join(item.values))}")
            if wikidata is not None:
                names.setdefault(wikidata, name)
    if not names:
        raise DataError(path, None, "entities with a Wikidata id under the key wikidata", "none")
    return names
