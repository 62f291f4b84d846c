"""The work lists' content is held against the guidelines, and what is wrong with it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from forloeb.kernel.content import ContentError, content_folder
from forloeb.population.lists import read_lists

WHOLE = (content_folder() / "worklists" / "lists.yaml").read_text(encoding="utf-8")


def written(folder: Path, text: str) -> Path:
    (folder / "worklists").mkdir()
    (folder / "worklists" / "lists.yaml").write_text(text, encoding="utf-8")
    return folder


def test_every_list_says_what_to_do_and_how_sure_it_is():
    for one in read_lists(content_folder()).lists:
        assert one.do.da
        assert one.do.en
        assert one.sources or one.status == "C", one.id


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("T2D-FLAG-LOW}", "T2D-FLAG-NOWHERE}", "no guideline has the flag 'T2D-FLAG-NOWHERE'"),
        ("[T2D-IN-1,", "[T2D-IN-99,", "no inclusion table has the rule 'T2D-IN-99'"),
        ("[hba1c,", "[a1c,", "unknown measure 'a1c'"),
        ("[OSDC]", "[NOWHERE]", "unknown source 'NOWHERE'"),
        ("- id: excluded", "- id: missing", "every list stands once"),
        ("days: 30", "days: 0", "greater than 0"),
    ],
)
def test_content_that_names_what_is_not_there_is_refused(tmp_path: Path, right: str, wrong: str, said: str):
    assert right in WHOLE
    with pytest.raises(ContentError, match=said):
        read_lists(written(tmp_path, WHOLE.replace(right, wrong)))
