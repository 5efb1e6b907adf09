"""From records of behaviour to a graph on disk, and back."""

import networkx as nx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.behaviour import BehaviourGraph
from graphs.behaviour_build import build_behaviour
from graphs.behaviour_recipe import BehaviourRecipe
from graphs.errors import DataError, OptionsError, StoreError
from graphs.rooms import Part

EVENTS = ["user\titem\ttime", "v\ta\t5", "u\tb\t9", "u\ta\t3", "u\tc\t9", "v\tb\t5"]


def events_of(graph):
    """User, item and time of each event."""
    users = np.repeat(np.arange(len(graph.users)), np.diff(graph.offsets))
    return [
        (graph.users[user], graph.items[item], time)
        for user, item, time in zip(users, graph.item, graph.time, strict=True)
    ]


def test_events_stand_by_user_time_and_line(build_behaviour_of):
    graph = build_behaviour_of(EVENTS)
    assert graph.users == ["v", "u"]
    assert graph.items == ["a", "b", "c"]
    assert events_of(graph) == [("v", "a", 5), ("v", "b", 5), ("u", "a", 3), ("u", "b", 9), ("u", "c", 9)]
    counts = graph.manifest["counts"]
    assert (counts["users"], counts["items"], counts["events"], counts["median_events"]) == (2, 3, 5, 2.5)
    assert counts["tied_last"] == 1.0  # of u, the one with three events


def test_without_times_they_stand_as_they_came(build_behaviour_of):
    graph = build_behaviour_of(["user\titem", "u\tb", "v\tz", "u\ta"])
    assert [(user, item) for user, item, _ in events_of(graph)] == [("u", "b"), ("u", "a"), ("v", "z")]
    assert np.isnan(graph.time).all()


@pytest.mark.parametrize(
    ("repeats", "left"), [("keep", ["a", "b", "a", "a"]), ("first", ["a", "b"]), ("last", ["b", "a"])]
)
def test_repeated_events(build_behaviour_of, repeats, left):
    """The first and the last by time, wherever they stand in the file."""
    graph = build_behaviour_of(["user\titem\ttime", "u\ta\t4", "u\ta\t1", "u\tb\t2", "u\ta\t3"], repeats=repeats)
    assert [graph.items[item] for item in graph.item] == left
    assert graph.manifest["counts"]["repeated"] == 2


PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=40, unique=True)


@given(pairs=PAIRS, core=st.integers(0, 4))
def test_the_core_is_that_of_networkx(tmp_path_factory, pairs, core):
    folder = tmp_path_factory.mktemp("core")
    (folder / "e.tsv").write_text("user\titem\n" + "".join(f"u{u}\ti{i}\n" for u, i in pairs), encoding="utf-8")
    expected = nx.k_core(nx.Graph([(f"u{u}", f"i{i}") for u, i in pairs]), core)
    sources = [(str(folder / "e.tsv"), Part("tsv"))]
    if not len(expected):
        with pytest.raises(DataError, match=f"expected events that are left, found none with --core {core}$"):
            build_behaviour(folder / "graph", sources, BehaviourRecipe(core=core))
        return
    graph = build_behaviour(folder / "graph", sources, BehaviourRecipe(core=core))
    assert {*graph.users, *graph.items} == set(expected)
    assert len(graph.item) == expected.number_of_edges()
    counts = graph.manifest["counts"]
    assert counts["users_left_out"] == len({u for u, _ in pairs}) - len(graph.users)


def test_users_with_few_events_go_after_the_core(build_behaviour_of):
    graph = build_behaviour_of(EVENTS, min_length=3)
    assert (graph.users, graph.items) == (["u"], ["a", "b", "c"])


USERS = ["user\tage\ttown\tcode", "u\t30\tGhent\t01", "w\t40\tBruges\t02", "v\t\t\t03"]


def test_attributes_of_users(build_behaviour_of):
    graph = build_behaviour_of(EVENTS, USERS, categories=("code",))
    age, town, code = (graph.attributes[name] for name in ("age", "town", "code"))
    assert (age.kind, town.kind, code.kind) == ("number", "category", "category")
    np.testing.assert_array_equal(age.numbers, np.float32([np.nan, 30]))
    assert age.known.tolist() == town.known.tolist() == [False, True]
    assert (town.categories, town.numbers.tolist()) == (["Ghent"], [-1, 0])
    assert (code.categories, code.numbers.tolist()) == (["01", "03"], [1, 0])
    assert graph.manifest["counts"]["users_without_events"] == 1
    assert [*build_behaviour_of(EVENTS, USERS, ignore=("age", "town")).attributes] == ["code"]


def test_attributes_of_mixed_types_where_the_user_says_what_they_are(build_behaviour_of):
    graph = build_behaviour_of(EVENTS, ["user\tx", "u\t1", "v\ta"], categories=("x",))
    assert graph.attributes["x"].categories == ["1", "a"]


def test_friends_are_two_users_of_the_graph_whoever_stands_first(build_behaviour_of):
    graph = build_behaviour_of(EVENTS, ["user\tfriend", "u\tv", "v\tu", "u\tx", "u\tu"])
    offsets, ids = graph.friends
    assert (offsets.tolist(), ids.tolist()) == ([0, 1, 2], [1, 0])
    counts = graph.manifest["counts"]
    assert (counts["friends"], counts["friends_of_unknown_users"], counts["friends_of_themselves"]) == (1, 1, 1)


def test_labels_of_items(build_behaviour_of):
    graph = build_behaviour_of(EVENTS, ["item\tlabel", "a\tA Way", "z\tNobody"])
    assert graph.labels == ["A Way", "b", "c"]
    counts = graph.manifest["counts"]
    assert (counts["items_with_a_label"], counts["labels_of_unknown_items"]) == (1, 1)


def test_entities_of_items(build_behaviour_of):
    told = ["item\tentity", "c\tQ3", "z\tQ9", "a\tQ1", "a\tQ1"]
    graph = build_behaviour_of(EVENTS, told, ["item\tlabel\tentity", "a\tA Way\t", "c\tA Sea\tQ3"])
    assert (graph.entities, graph.labels) == (["Q1", None, "Q3"], ["A Way", "b", "A Sea"])
    counts = graph.manifest["counts"]
    assert (counts["items_with_an_entity"], counts["entities_of_unknown_items"]) == (2, 1)
    assert BehaviourGraph.open(graph.folder).entities == graph.entities
    assert graph.digest != build_behaviour_of(EVENTS, ["item\tlabel", "a\tA Way", "c\tA Sea"]).digest


def test_two_items_may_be_one_entity(build_behaviour_of):
    graph = build_behaviour_of(EVENTS, ["item\tentity", "a\tQ1", "b\tQ1"], core=2)
    assert (graph.items, graph.entities) == (["a", "b"], ["Q1", "Q1"])


def test_without_entities_the_bytes_are_those_of_a_graph_that_has_no_room_for_them(build_behaviour_of, tmp_path):
    """So that runs on such graphs, which are known by their digest, can be measured after the graph is built anew."""
    for tables in ([], [["item\tentity", "z\tQ9"]]):
        graph = build_behaviour_of(EVENTS, ["item\tlabel", "b\tA Way"], *tables)
        assert graph.entities == [None, None, None]
        earlier = pa.schema([pa.field("name", pa.string(), nullable=False), pa.field("label", pa.string())])
        table = pa.table([["a", "b", "c"], [None, "A Way", None]], schema=earlier)
        pq.write_table(table, tmp_path / "items.parquet", compression="zstd", write_statistics=False)
        assert (graph.folder / "items.parquet").read_bytes() == (tmp_path / "items.parquet").read_bytes()


def test_the_same_files_give_the_same_bytes(build_behaviour_of):
    one, other = (build_behaviour_of(EVENTS, USERS, repeats="first", categories=("code",)) for _ in range(2))
    for name in ("events", "users", "items", "social"):
        assert (one.folder / f"{name}.parquet").read_bytes() == (other.folder / f"{name}.parquet").read_bytes()
    assert one.digest == other.digest
    assert one.digest != build_behaviour_of(EVENTS[:-1]).digest


def test_nothing_to_build(build_behaviour_of):
    with pytest.raises(
        DataError, match=r"behaviour: expected events .a file with.*: \S*0.tsv tells nothing; --columns"
    ):
        build_behaviour_of(["user\titem"])
    with pytest.raises(DataError, match=r"0.tsv tells attributes of users \(movie, stars\); \S*1.tsv tells friends;"):
        build_behaviour_of(["user\tmovie\tstars", "u\tm\t5"], ["user\tfriend", "u\tv"])
    with pytest.raises(DataError, match="found none with --core 2 and --min-length 9"):
        build_behaviour_of(EVENTS, core=2, min_length=9)


def test_what_is_there_is_replaced_only_where_asked(build_behaviour_of, tmp_path):
    graph = build_behaviour_of(EVENTS)
    sources = [(str(graph.folder.parent / "0.tsv"), Part("tsv"))]
    with pytest.raises(OptionsError, match=r"graph is there already: name another folder, or pass --overwrite"):
        build_behaviour(graph.folder, sources, BehaviourRecipe())
    assert len(build_behaviour(graph.folder, sources, BehaviourRecipe(min_length=3), overwrite=True).users) == 1
    (graph.folder / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match=r"expected a behaviour graph, and nothing else, to overwrite, found mine.txt"):
        build_behaviour(graph.folder, sources, BehaviourRecipe(), overwrite=True)
