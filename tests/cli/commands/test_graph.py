"""Show and export."""

import pytest


def test_show_by_number_and_by_id(kbert, graphs):
    dev = graphs / "own" / "dev"
    third = kbert("graph", "show", dev, "-n", "2", "--json").json
    by_id = kbert("graph", "show", dev, "--id", third["graph"]["id"], "--json").json
    assert by_id == third
    graph, tree = third["graph"], third["tree"]
    assert {"id", "texts", "tokens", "mentions", "entities", "facts", "target"} <= set(graph)
    assert set(graph["mentions"][0]) == {"text", "start", "end", "entity", "score", "linker", "candidates"}
    assert len(tree["names"]) == len(tree["positions"]) == len(tree["visible"]) == len(tree["visible"][0])


def test_show_with_an_encoder_cuts_words_into_its_pieces(kbert, graphs, encoder):
    tree = kbert("graph", "show", graphs / "own" / "dev", "--encoder", encoder, "--json").json["tree"]
    assert tree["names"][0] == "[CLS]"
    assert all(name == name.lower() for name in tree["names"] if not name.startswith("["))


def test_show_without_facts_or_with_tails_alone(kbert, graphs):
    dev = graphs / "own" / "dev"
    assert not any(kbert("graph", "show", dev, "--max-facts", "0", "--json").json["tree"]["branch"])
    whole = len(kbert("graph", "show", dev, "--json").json["tree"]["names"])
    assert len(kbert("graph", "show", dev, "--branch-text", "tail", "--json").json["tree"]["names"]) < whole


def test_show_says_what_found_no_room(kbert, graphs):
    dev = graphs / "own" / "dev"
    assert "no room" not in kbert("graph", "show", dev).stdout
    length = kbert("graph", "show", dev, "--max-facts", "0", "--json").json["tree"]["names"]
    words = ("graph", "show", dev, "--max-pieces", len(length))
    branches = kbert(*words, "--json").json["tree"]["cut"]["branches"]
    assert branches > 0
    assert f"found no room: branches {branches} (--max-pieces, or" in kbert(*words).stdout
    assert "max_pieces" in kbert("graph", "show", dev, "--max-pieces", "2", code=2).stderr


@pytest.mark.parametrize("form", ["graphml", "json"])
def test_exports_are_there_whole_or_not_at_all(kbert, graphs, tmp_path, monkeypatch, form):
    from graphs import export

    def broken(corpus, out, *, on_graph):
        (out / "half").touch()
        raise OSError(28, "No space left on device", str(out / "half"))

    out = tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(export, f"write_{form}" if form == "graphml" else "write_json_graphs", broken)
        message = kbert("graph", "export", graphs / "own" / "dev", "--to", form, "-o", out, code=1).stderr
    assert "No space left on device" in message
    assert list(tmp_path.iterdir()) == []
    out.mkdir()
    assert (
        f"{out}: 20 text graphs ({form})"
        in kbert("graph", "export", graphs / "own" / "dev", "--to", form, "-o", out).stdout
    )
    assert len(list(out.iterdir())) == 20


@pytest.mark.parametrize(
    ("form", "files"),
    [
        ("graphml", ["graph.graphml"]),
        ("json", ["graph.json"]),
        ("pyg", ["graph.safetensors", "manifest.json"]),
    ],
)
def test_export_of_behaviour(kbert, behaviour, tmp_path, form, files):
    out = tmp_path / "out"
    words = ("graph", "export", behaviour, "--to", form, "-o", out)
    assert f"{out}: 10 users, 12 items, 70 events ({form})" in kbert(*words).stdout
    assert sorted(path.name for path in out.iterdir()) == files
    assert f"{out} is there already: name another folder" in kbert(*words, code=2).stderr
    again = kbert(*words[:-1], tmp_path / "again", "--json").json
    assert again == {"out": str(tmp_path / "again"), "form": form, "users": 10, "items": 12, "events": 70}
