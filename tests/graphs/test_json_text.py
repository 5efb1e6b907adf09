"""JSON that is lossless, and steers no terminal."""

import json

from hypothesis import given
from hypothesis import strategies as st

from graphs.json_text import json_text

VALUES = st.recursive(st.text() | st.integers() | st.none(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))


@given(VALUES)
def test_json_is_lossless_and_safe(value):
    written = json_text(value)
    assert json.loads(written) == value
    steering = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067"
    assert not [c for c in written if ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in steering]
