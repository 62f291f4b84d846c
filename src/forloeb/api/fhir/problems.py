"""What goes wrong, as FHIR says it: an OperationOutcome that says what, where, and what to do."""

from __future__ import annotations

from typing import Any


class Problem(Exception):
    """An answer that is a refusal. `code` is one of FHIR's issue types; `where` names the element or the parameter.

    `text` tells nothing of anybody, and repeats nothing that was sent.
    """

    def __init__(self, status: int, code: str, text: str, where: str = "") -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.text, self.where = status, code, text, where

    def outcome(self) -> dict[str, Any]:
        """Give it as an OperationOutcome."""
        issue: dict[str, Any] = {"severity": "error", "code": self.code, "diagnostics": self.text}
        if self.where:
            issue["expression"] = [self.where]
        return {"resourceType": "OperationOutcome", "issue": [issue]}


def not_found() -> Problem:
    """What is not there, and what the caller may not see: the same answer."""
    return Problem(404, "not-found", "There is no such resource, or you may not see it.")


def said_no() -> Problem:
    """The patient's own block."""
    return Problem(403, "forbidden", "The patient has said no to your place of work.")


def no_register() -> Problem:
    """Nobody knows whether the patient has said no nationally."""
    return Problem(503, "transient", "The national register of blocks did not answer. Try again in a little while.")


def unsupported(what: str) -> Problem:
    """What this server does not do; `what` is ours, not sent."""
    return Problem(404, "not-supported", what)


def invalid(text: str, where: str = "") -> Problem:
    """What was asked or sent cannot be understood."""
    return Problem(400, "invalid", text, where)
