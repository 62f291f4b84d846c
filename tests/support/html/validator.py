"""Says whether a document is valid HTML: by the W3C's vnu, and by html-validate, which sees more of how forms are made.

Both are kept running between questions.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.support import node
from tests.support.html import vnu


class Validator:
    """A running validator. Close it when done."""

    def __init__(self) -> None:
        self._process = node.start(Path(__file__).parent / "validate.mjs")
        self._vnu = vnu.Checker()

    def faults(self, document: str) -> list[str]:
        """Give what is wrong with a document, one text each: place, rule, words."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(document) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the HTML validator ended"
        found: list[str] = json.loads(answer)
        return [*found, *self._vnu.faults(document)]

    def close(self) -> None:
        """End the processes."""
        node.stop(self._process)
        self._vnu.close()
