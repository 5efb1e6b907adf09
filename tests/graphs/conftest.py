import pytest

from graphs.behaviour_build import build_behaviour
from graphs.behaviour_recipe import BehaviourRecipe
from graphs.rooms import Part


@pytest.fixture(scope="session")
def graph_of(kg_of):
    """Make a knowledge graph: the only kind of graph that the tests here make."""
    return kg_of


@pytest.fixture
def build_behaviour_of(tmp_path):
    """Build a behaviour graph of tables, each a list of lines; other arguments are those of its recipe."""
    number = 0

    def make(*tables, **options):
        nonlocal number
        number += 1
        folder = tmp_path / str(number)
        folder.mkdir()
        sources = []
        for place, lines in enumerate(tables):
            path = folder / f"{place}.tsv"
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            sources.append((str(path), Part("tsv")))
        return build_behaviour(folder / "graph", sources, BehaviourRecipe(**options))

    return make
