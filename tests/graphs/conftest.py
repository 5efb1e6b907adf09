import pytest


@pytest.fixture(scope="session")
def graph_of(kg_of):
    """Make a knowledge graph: the only kind of graph that the tests here make."""
    return kg_of
