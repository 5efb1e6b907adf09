"""Values as JSON that can be shown on a terminal as it is."""

import json
import re
from typing import Any


def json_text(value: Any, *, indent: int | None = None) -> str:
    r"""A value as JSON in which characters that could steer a terminal are escaped.

    >>> json_text({"a": "é\x9b"})
    '{"a": "é\\u009b"}'
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return re.sub("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]", lambda found: f"\\u{ord(found.group()):04x}", text)
