"""Which ways to pre-train there are."""


def test_which_there_are(kbert):
    assert "bert" in kbert("pretrain", "--help").stdout
    assert "no 'brt' in kbert.pretrainings (did you mean 'bert'?)" in kbert("pretrain", "brt", code=2).stderr
    assert "--masked" in kbert("list", "pretrainings").stdout
