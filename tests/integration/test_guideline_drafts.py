"""A guideline is changed by one, checked by the machine, simulated, and published by another, from a day on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from forloeb.editions import drafting, publishing
from forloeb.editions.checks import check
from forloeb.editions.holding import files_on, guideline_in, held_versions, library_on, program_files
from forloeb.editions.models import Edition, Revision, Right
from forloeb.editions.policies import NotAnEditor
from forloeb.editions.simulations import find_simulation
from forloeb.guidelines.library import read_files
from forloeb.kernel.content import content_folder
from forloeb.people.viewers import Viewer, looking
from tests.integration.test_access import signed_in
from tests.support.editions import HEART, LDL, RULES, changed, lowered, published, put_back, simulated
from tests.support.personas import Cast

INCLUSION = f"guidelines/{HEART}/cases/inclusion.yaml"


@pytest.fixture(autouse=True)
def fresh(cast: Cast) -> Iterator[None]:
    with put_back():
        yield


def told(cast: Cast, by: Viewer) -> dict[str, Any]:
    return {"by": by, "at": cast.at, "as_of": cast.as_of}


def ldl(cast: Cast, days: int) -> str:
    with looking(cast.staff("holm")):
        library = library_on(cast.as_of + timedelta(days=days))
    guideline = guideline_in(library, HEART)
    assert guideline is not None
    return str(guideline.tables[1][1].rows[0].targets["ldl"].below)  # type: ignore[union-attr]


def test_only_an_author_begins_a_draft_and_only_one_at_a_time(cast: Cast) -> None:
    for who in ("krogh", "lund"):
        by = cast.staff(who)
        with looking(by), pytest.raises(NotAnEditor):
            drafting.open_draft(HEART, **told(cast, by))
    holm = cast.staff("holm")
    with looking(holm):
        drafting.open_draft(HEART, **told(cast, holm))
        with pytest.raises(drafting.DraftIsOpen):
            drafting.open_draft(HEART, **told(cast, holm))


def test_the_database_lets_nobody_else_write_either(cast: Cast) -> None:
    changed(cast, LDL, "{ldl: {below: 1.2}}")
    for who, statement in (
        ("krogh", "INSERT INTO editions_draft (guideline, based_on, opened_at) VALUES ('copd', '1', now())"),
        (
            "holm",
            "INSERT INTO editions_edition (guideline, version, valid_from, files, because, published_at, authors,"
            " checked_by_name) VALUES ('copd', '9', now(), '{}', '', now(), '', '')",
        ),
        ("lund", "UPDATE editions_revision SET files = '{}'"),
        ("holm", "DELETE FROM editions_revision"),
    ):
        with (
            looking(cast.staff(who)),
            connection.cursor() as cursor,
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            cursor.execute(statement)


def test_two_who_save_at_once_are_told_and_nothing_is_lost(cast: Cast) -> None:
    number = changed(cast, LDL, "{ldl: {below: 1.2}}")
    holm = cast.staff("holm")
    with looking(holm):
        with pytest.raises(drafting.SomebodySaved) as refusal:
            drafting.save_draft(HEART, {RULES: "x"}, "late", since=number - 1, **told(cast, holm))
        assert refusal.value.newest == number
        assert "below: 1.2" in drafting.get_draft(HEART).files[RULES]
        assert Revision.objects.filter(draft__guideline=HEART).count() == number


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("guidelines/copd/rules/rules.yaml", "x"),
        (f"guidelines/{HEART}/../copd/rules/rules.yaml", "x"),
        (f"guidelines/{HEART}/rules/../../x.yaml", "x"),
        (f"guidelines/{HEART}/other.txt", "x"),
        (f"guidelines/{HEART}/guideline.yaml", " "),
        (RULES, "a\x00b"),
        (RULES, "x" * 300_001),
    ],
)
def test_a_draft_holds_a_guidelines_own_texts_only(path: str, text: str) -> None:
    with pytest.raises(drafting.NotAText):
        drafting.check_is_text(HEART, path, text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("when: ihd,", "when: ihd and,", "cannot be read"),
        ("when: ihd,", "when: hid,", "Did you mean 'ihd'?"),
        ("{rule: IHS-LDL, otherwise", "{rule: IHS-LDL, otherwize", "Did you mean 'otherwise'?"),
        ("sources: [NBV291]", "sources: [NBV292]", "unknown source 'NBV292'"),
        ("rule: IHS-BP,", "rule: IHS-BP-old,", "stands also in"),
        ("tables:", "tables: [", "not valid YAML"),
    ],
)
def test_a_fault_is_said_at_once_with_its_place(cast: Cast, old: str, new: str, said: str) -> None:
    changed(cast, old, new)
    with looking(cast.staff("holm")):
        found = check(HEART, drafting.get_draft(HEART).files, "da", as_of=cast.as_of)
    assert not found.is_sound
    assert any(said in fault for fault in found.faults), found.faults


def test_a_case_that_no_longer_comes_out_is_said(cast: Cast) -> None:
    changed(cast, LDL, "{ldl: {below: 1.5}}")
    with looking(cast.staff("holm")):
        found = check(HEART, drafting.get_draft(HEART).files, "da", as_of=cast.as_of)
    assert found.faults == ()
    assert any("ihs-ldl-edge" in fault for fault in found.case_faults)
    assert not found.is_sound


def test_a_draft_becomes_a_version_from_its_day_and_the_old_one_stays(cast: Cast) -> None:
    lowered(cast, "1.2")
    simulated(cast)
    done = published(cast)
    assert (ldl(cast, 0), ldl(cast, 1), ldl(cast, -9999)) == ("1.4", "1.2", "1.4")
    with looking(cast.staff("krogh")):
        held, files = files_on(HEART, done.valid_from)
        guideline = guideline_in(library_on(done.valid_from), HEART)
        before = files_on(HEART, cast.as_of)[1]
    assert guideline is not None
    assert held.version == guideline.file.version == done.version == f"{done.valid_from.year}.{_serial(done)}"
    assert guideline.file.valid_from == done.valid_from
    assert (guideline.file.review.written_by, guideline.file.review.checked_by) == ("Anne Holm", "Peter Lund")
    assert "- LDL-mål ved iskæmisk hjertesygdom: IHS-LDL mål: LDL-kolesterol < 1,4 → LDL-kolesterol < 1,2" in (
        guideline.changelog
    )
    assert guideline.changelog.index(done.version) < guideline.changelog.index("## 2026.1")
    assert before == {path: text for path, text in program_files().items() if f"/{HEART}/" in path}
    assert files[RULES].replace("below: 1.2", "below: 1.4") == before[RULES]


def _serial(done: publishing.Published) -> str:
    return done.version.partition(".")[2]


def test_what_is_lacking_is_said(cast: Cast) -> None:
    def why(**changes: Any) -> str:
        with pytest.raises(publishing.CannotPublish) as refusal:
            published(cast, **changes)
        return refusal.value.why

    holm = cast.staff("holm")
    with looking(holm):
        drafting.open_draft(HEART, **told(cast, holm))
    assert why() == "nothing-changed"
    lowered(cast, "1.2")
    assert why() == "not-simulated"
    simulated(cast)
    assert why(because=" ") == "no-reason"
    assert why(valid_from=cast.as_of) == "too-early"
    changed(cast, "below: 1.2", "below: 1.3")
    assert why() == "not-simulated"
    changed(cast, "below: 1.3", "below: 1.9")
    assert why() == "not-sound"


def test_who_has_written_does_not_publish(cast: Cast) -> None:
    from forloeb.editions.actions import give_right
    from forloeb.editions.models import Editor

    give_right("TEST1", Right.CHECKER, since=cast.as_of, until=None)
    try:
        lowered(cast, "1.2")
        simulated(cast)
        with pytest.raises(publishing.CannotPublish) as refusal:
            published(cast, who="holm")
        assert refusal.value.why == "own-draft"
        with pytest.raises(NotAnEditor):
            published(cast, who="krogh")
    finally:
        Editor.objects.using("owner").filter(practitioner__authorization_id="TEST1", right="checker").delete()


def test_a_second_version_is_later_and_begun_from_the_first(cast: Cast) -> None:
    lowered(cast, "1.2")
    simulated(cast)
    published(cast, cast.as_of + timedelta(days=10))
    changed(cast, "below: 1.2", "below: 1.1")
    simulated(cast)
    with pytest.raises(publishing.CannotPublish) as refusal:
        published(cast, cast.as_of + timedelta(days=10))
    assert refusal.value.why == "before-another"
    published(cast, cast.as_of + timedelta(days=20))
    assert [ldl(cast, days) for days in (0, 9, 10, 19, 20)] == ["1.4", "1.4", "1.2", "1.2", "1.1"]


def test_what_is_published_is_exported_as_the_same_yaml(cast: Cast, tmp_path: Any) -> None:
    lowered(cast, "1.2")
    simulated(cast)
    done = published(cast)
    with looking(cast.staff("holm")):
        for version in ("2026.1", done.version):
            files = publishing.find_files(HEART, version)
            assert files is not None
            publishing.write_files(files, tmp_path / version)
    came = {path: text for path, text in read_files(content_folder()).items() if f"/{HEART}/" in path}
    for path, text in came.items():
        assert (tmp_path / "2026.1" / path).read_bytes() == (content_folder() / path).read_bytes()
        if path not in (RULES, INCLUSION, f"guidelines/{HEART}/guideline.yaml", f"guidelines/{HEART}/CHANGELOG.md"):
            assert (tmp_path / done.version / path).read_text(encoding="utf-8") == text


def test_a_published_version_is_never_changed(cast: Cast) -> None:
    lowered(cast, "1.2")
    simulated(cast)
    published(cast)
    with looking(cast.staff("lund")):
        for change in (Edition.objects.all().delete, lambda: Edition.objects.update(because="x")):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        assert len([held for held in held_versions() if held.guideline == HEART]) == 2


def test_the_pages_take_a_change_all_the_way(cast: Cast) -> None:
    author, checker = signed_in(cast, "holm"), signed_in(cast, "lund")
    page = f"/guidelines/{HEART}/draft/"
    assert "Begynd en kladde" in author.get(page).content.decode()
    author.post(page, {"do": "open"})
    table = author.get(f"{page}table/?table=1").content.decode()
    assert 'value="&lt; 1.4"' in table
    answer = author.post(f"{page}table/?table=1", {"revision": "1", "do": "save", "0.goal.ldl": "nonsens 3"})
    assert answer.status_code == 422
    assert "nonsens 3" in answer.content.decode()
    author.post(f"{page}table/?table=1", {"revision": "1", "do": "save", "0.goal.ldl": "< 1,2"})
    shown = author.get(page).content.decode()
    assert "LDL-kolesterol &lt; 1,2" in shown
    case = author.get(f"{page}text/?path={INCLUSION}").content.decode()
    assert "values: {ldl: in_target}" in case
    text = program_files()[INCLUSION].replace("values: {ldl: in_target}", "values: {ldl: above_target}", 1)
    author.post(f"{page}text/?path={INCLUSION}", {"revision": "2", "text": text.replace("\n", "\r\n")})
    stale = author.post(f"{page}table/?table=1", {"revision": "1", "do": "save", "0.goal.ldl": "< 1,1"})
    assert stale.status_code == 422
    assert author.post(f"{page}simulation/", {"minutes.notice": "7"}).status_code == 302
    assert "Anne Holm" in checker.get(f"{page}simulation/").content.decode()
    day = (cast.as_of + timedelta(days=3)).isoformat()
    assert author.post(page, {"do": "publish", "revision": "3", "valid_from": day, "because": "x"}).status_code == 403
    assert checker.post(page, {"do": "publish", "revision": "3", "valid_from": "", "because": "x"}).status_code == 422
    done = checker.post(page, {"do": "publish", "revision": "3", "valid_from": day, "because": "Ny viden"})
    assert done.status_code == 302, done.content.decode()
    versions = author.get(f"/guidelines/{HEART}/versions/").content.decode()
    assert "LDL-kolesterol &lt; 1,4" in versions
    assert "LDL-kolesterol &lt; 1,2" in versions
    exported = author.get(f"/guidelines/{HEART}/export.zip?version=2026.1")
    assert exported.headers["Content-Type"] == "application/zip"


def test_small_numbers_are_for_the_practice_whose_people_they_are(cast: Cast) -> None:
    lowered(cast, "1.2")
    simulated(cast, who="holm")
    seen = {}
    for who in ("holm", "lund"):
        with looking(cast.staff(who)):
            kept = find_simulation(drafting.get_draft(HEART).id)
            assert kept is not None
            seen[who] = kept
    assert seen["holm"].is_in_full
    assert not seen["lund"].is_in_full
    (line,) = seen["holm"].result["targets"]
    assert (line["name"], line["before"], line["after"]) == ("ldl", "< 1.4", "< 1.2")
    (seen_by_others,) = seen["lund"].result["targets"]
    assert seen_by_others["people"] == (None if line["people"] < 5 else line["people"])
