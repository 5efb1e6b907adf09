import json
from xml.etree import ElementTree

import networkx as nx
import pytest

from graphs.errors import DataError
from graphs.export import write_behaviour_graphml, write_behaviour_json, write_graphml, write_json_graphs
from graphs.pipeline import build_corpus
from graphs.recipe import Recipe
from graphs.rooms import Part
from graphs.texts import Texts
from graphs.types import Triple


@pytest.fixture(scope="module")
def corpus(graph_of, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    labels = [json.dumps({"name": "Rome", "label": "Roma <&> \x01", "description": 'a "city"\n'})]
    kg = graph_of(
        [Triple("Rome", "in", "Italy"), Triple("Rome", "is a", "city"), Triple("Oslo", "is a", "city")], labels
    )
    lines = ["Roma <&> \x01 and Oslo", "nothing\x0b\ufffe", "中国 Oslo"]
    (folder / "x.txt").write_text("\n".join(lines), encoding="utf-8")
    recipe = Recipe.of(Part("words"), (Part("dictionary"),), str(kg.folder), inverse_facts=True)
    return build_corpus(Texts((str(folder / "x.txt"),)), recipe, folder / "out")


def test_node_link_json_read_by_networkx(corpus, tmp_path):
    heard = []
    write_json_graphs(corpus, tmp_path / "out", on_graph=lambda: heard.append(1))
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == ["000000.json", "000001.json", "000002.json"]
    assert len(heard) == 3
    for file, graph in zip(files, corpus, strict=True):
        read = nx.node_link_graph(json.loads(file.read_text(encoding="utf-8")), edges="edges")
        made = graph.to_networkx()
        assert nx.utils.graphs_equal(read, made)


def test_graphml_read_by_networkx(corpus, tmp_path):
    write_graphml(corpus, tmp_path)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["000000.graphml", "000001.graphml", "000002.graphml"]
    for file, graph in zip(files, corpus, strict=True):
        read, made = nx.read_graphml(file, force_multigraph=True), graph.to_networkx()
        assert ElementTree.parse(file).find("{http://graphml.graphdrawing.org/xmlns}graph").get("id") == graph.id
        assert [clean(text) for text in json.loads(read.graph["texts"])] == [clean(text) for text in graph.texts]
        assert dict(read.nodes(data=True)) == {node: cleaned(values) for node, values in made.nodes(data=True)}
        assert edges(read) == edges(made)


def clean(value):
    """XML cannot hold these characters."""
    return value.translate(dict.fromkeys((0x01, 0x0B, 0xFFFE), 0xFFFD)) if isinstance(value, str) else value


def cleaned(values):
    return {name: clean(value) for name, value in values.items() if name != "id"}


def edges(graph):
    return sorted((head, tail, sorted(cleaned(values).items())) for head, tail, values in graph.edges(data=True))


READERS = (
    ["user\titem\ttime\tvalue", "u\ta\t3\t4.5", "u\tb \x01\t9\t", "u\ta\t9\t", "v <&>\ta\t5\t2"],
    ["user\tage\ttown", "u\t30\t", "v <&>\t\tGhent"],
    ["user\tfriend", "u\tv <&>"],
    ["item\tlabel", "a\tA Way"],
)


def test_behaviour_as_node_link_json(build_behaviour_of, tmp_path):
    graph = build_behaviour_of(*READERS)
    write_behaviour_json(graph, tmp_path / "out")
    (file,) = (tmp_path / "out").iterdir()
    read = nx.node_link_graph(json.loads(file.read_text(encoding="utf-8")), edges="edges")
    assert nx.utils.graphs_equal(read, graph.to_networkx())


def test_behaviour_as_graphml(build_behaviour_of, tmp_path):
    made = build_behaviour_of(*READERS)
    write_behaviour_graphml(made, tmp_path / "out")
    read, made = nx.read_graphml(tmp_path / "out" / "graph.graphml", force_multigraph=True), made.to_networkx()
    assert read.nodes["user:u"] == {"kind": "user", "label": "u", "attribute:age": 30.0}
    assert read.nodes["user:v <&>"]["attribute:town"] == "Ghent"
    assert [*read] == [clean(node) for node in made]
    assert {node: said["label"] for node, said in read.nodes(data=True)} == {
        clean(node): clean(said["label"]) for node, said in made.nodes(data=True)
    }
    assert edges(read) == [(head, clean(tail), said) for head, tail, said in edges(made)]


def test_names_that_xml_cannot_tell_apart(build_behaviour_of, tmp_path):
    graph = build_behaviour_of(["user\titem", "u\x01\ta", "u\x02\ta"])
    expected = "names of users and items that XML can tell apart, found 1 that are like others"
    with pytest.raises(DataError, match=expected):
        write_behaviour_graphml(graph, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
