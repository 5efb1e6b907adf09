"""Files of behaviour."""

import pytest


@pytest.fixture
def file(tmp_path):
    def make(*lines):
        path = tmp_path / "behaviour.tsv"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return make
