import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.linkers._candidates import Candidates

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from([0.5, 1.0, 3.0])), max_size=12)


@given(ROWS, st.integers(1, 4))
def test_by_brute_force(rows, most):
    phrase, entity = np.array([row[:2] for row in rows], dtype=np.int64).reshape(-1, 2).T
    candidates = Candidates.of(phrase, entity, np.array([row[2] for row in rows], dtype=np.float32), 4, most)
    for wanted in range(4):
        best = {}
        for name, of, prior in rows:
            if name == wanted:
                best[of] = max(prior, best.get(of, 0))
        ranked = sorted(best, key=lambda of: (-best[of], of))[:most]
        found = candidates.at(wanted)
        assert [of for of, _ in found] == ranked
        assert [score for _, score in found] == pytest.approx([best[of] / sum(best.values()) for of in ranked])
