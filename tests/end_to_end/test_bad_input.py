"""Input that is wrong: what the user is told, what goes on, and what stays whole."""

from __future__ import annotations

import re
import secrets
import shutil
import zipfile

import pytest

from assets.extract.extraction import extract_feed
from assets.identity.erasure import find_strings
from assets.identity.key import KeyMismatchError, load_key, write_key
from assets.publish.migrate import mark_new
from dagster_project import settings as settings_file
from dagster_project.feeds import feed
from tests.factories import small_company as company
from tests.factories.builds import build, change, kithwork, lake_rows, warehouse_of


@pytest.fixture
def case(tmp_path):
    """A small company that could be built."""
    company.write_hr(tmp_path / "landing" / "hr")
    company.write_slack(tmp_path / "landing" / "chat" / "export.zip")
    return company.settings_file(tmp_path)


def extracted(settings, name, key=None):
    """One feed brought into the lake, by what the build does for it."""
    loaded = settings_file.load(settings)
    warehouse = warehouse_of(settings)
    warehouse.create()
    mark_new(warehouse.root)
    return extract_feed(
        feed(loaded, name), warehouse, key or load_key(None, settings.parent / "kithwork.key")
    )


def test_a_typo_in_the_settings_is_told_with_the_right_word(case):
    text = case.read_text().replace("calendar:", "calender:")
    case.write_text(text)
    told = build(case)
    assert told.code == 2
    assert "kithwork.yaml: calender is not a setting; did you mean 'calendar'?" in told.err
    assert "calendar is missing" in told.err  # every problem at once
    assert not warehouse_of(case).root.exists()


def test_settings_that_are_not_there_are_told_with_the_remedy(tmp_path):
    told = build(tmp_path / "kithwork.yaml")
    assert told.code == 2 and "no such file" in told.err and "kithwork init" in told.err


def test_a_missing_key_is_told_with_the_remedy(case):
    (case.parent / "kithwork.key").unlink()
    told = build(case)
    assert told.code == 1
    assert "kithwork.key: no key there" in told.err and "kithwork init" in told.err


def test_missing_landing_names_feed_place_and_remedy(case):
    shutil.rmtree(case.parent / "landing" / "hr")
    (case.parent / "landing" / "hr").mkdir()
    shutil.rmtree(case.parent / "landing" / "chat")
    told = build(case)
    assert told.code == 1
    assert "hris: landing './landing/hr' is an empty folder" in told.err
    assert "chat: landing './landing/chat' does not exist" in told.err
    assert str(case.parent / "landing" / "chat") in told.err
    assert "put the delivered files there" in told.err
    assert "nothing is published yet" in told.err
    assert "Traceback" not in told.said


def test_another_key_for_an_existing_vault_is_refused(case):
    extracted(case, "hris")
    rows = lake_rows(case, "workers")
    key_file = case.parent / "kithwork.key"
    key_file.unlink()
    write_key(key_file, secrets.token_bytes(32))
    with pytest.raises(KeyMismatchError):
        extracted(case, "hris")
    told = build(case)
    assert told.code == 1
    assert "written with the key of fingerprint" in told.err
    assert "kithwork key rekey" in told.err and "kithwork key rotate" in told.err
    assert lake_rows(case, "workers") == rows


def test_a_changed_mapping_replaces_the_rows_of_its_source(case):
    company.write_csv(
        case.parent / "landing" / "mail" / "trace.csv",
        ["from", "to", "cc", "when"],
        [
            [f"a{n}@acme.test", f"b{n}@acme.test", f"c{n}@acme.test", f"2024-02-{n + 1:02} 10:00"]
            for n in range(9)
        ],
    )
    columns = {"sender": "from", "recipient": "to", "sent_at": "when"}
    mail = company.source("mail", "interactions", "./landing/mail", ["network"], columns=columns)
    change(case, sources=[mail])
    first = extracted(case, "mail")
    before = set(lake_rows(case, "recipients", "account_id"))
    change(case, sources=[{**mail, "columns": {**columns, "recipient": "cc"}}])
    second = extracted(case, "mail")
    after = set(lake_rows(case, "recipients", "account_id"))
    assert (first.n_new, second.n_new, second.n_changed) == (1, 0, 1)
    assert len(before) == len(after) == 9 and not before & after
    assert len(lake_rows(case, "messages")) == 9


@pytest.fixture(scope="module")
def gated(tmp_path_factory):
    """A good export with one broken day and an entry that leaves it; around it files that nobody can read.

    A zip that would explode, a file that is no zip, an HR file without its key column.
    """
    folder = tmp_path_factory.mktemp("bad_input") / "case"
    company.write_hr(folder / "landing" / "hr")
    company.write_csv(
        folder / "landing" / "hr" / f"{company.PLANTED}.csv",
        ["name", "email", "hire_date", "Personnel No", company.PLANTED],
        [[company.PLANTED, company.PLANTED_EMAIL, "2024-01-01", company.PLANTED_WORKER, "x"]],
    )
    people = [company.PLANTED, company.PLANTED_EMAIL, company.PLANTED_HANDLE, company.PLANTED_WORKER]
    for kind in ("survey", "initiatives"):  # a matrix of who knows whom, not the list that is asked for
        company.write_csv(folder / "landing" / kind / "matrix.csv", people, [["1", "2", "3", "4"]])
    company.write_slack(
        folder / "landing" / "chat" / "export.zip",
        **{
            "general/2024-03-31": b'[{"ts": "1711900000.000100", "te',
            f"../../{company.PLANTED}/2024-03-30": b'[{"ts": "1711800000.000100", "text": "in"}]',
        },
    )
    with zipfile.ZipFile(folder / "landing" / "chat" / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("users.json", b"[]")
        bomb.writestr("general/2024-03-29.json", b" " * (40 << 20))
    (folder / "landing" / "chat" / "later.zip").write_bytes(b"<html>please log in</html>")
    settings = company.settings_file(
        folder,
        initiatives="./landing/initiatives/matrix.csv",
        surveys=[
            {"name": "asked", "landing": "./landing/survey", "permission": company.permission(["network"])}
        ],
    )
    return settings, build(settings)


def test_unreadable_files_stop_the_publication_and_are_named(gated):
    settings, told = gated
    assert told.code == 1
    # By feed and hash: a file's name may hold a person's, `kithwork quarantine show` looks it up.
    assert re.search(r"chat: file [0-9a-f]{12} \(not_a_zip\): ", told.err)
    assert re.search(r"hris: file [0-9a-f]{12} \(missing_column\): column 'worker_id' is missing", told.err)
    assert "columns: {worker_id: Personnel No}" in told.err
    assert "known in the file: name, email, hire_date; and 2 others" in told.err
    for feed_name in ("asked", "initiatives"):
        assert re.search(rf"{feed_name}: file [0-9a-f]{{12}} \(no_header\): ", told.err), told.err
    assert "kithwork quarantine show names it" in told.err
    assert "nothing is published yet" in told.err
    assert not (warehouse_of(settings).published / "current").exists()
    assert "Traceback" not in told.said


def test_the_rest_of_the_data_went_on(gated):
    settings, _ = gated
    assert len(lake_rows(settings, "workers", "distinct worker_id")) == company.PEOPLE
    assert len(lake_rows(settings, "messages")) == company.PEOPLE * company.WEEKS * 2
    quarantined = lake_rows(settings, "quarantine", "source, reason, position")
    assert sorted(row[:2] for row in quarantined) == [("chat", "broken_json"), ("chat", "path_traversal")]
    places = {reason: position for _, reason, position in quarantined}
    assert "2024-03-31" in places["broken_json"] and re.fullmatch(r"entry \d+", places["path_traversal"])


def test_a_zip_bomb_is_named_with_its_size_and_the_remedy(gated):
    _, told = gated
    found = re.search(r"chat: file [0-9a-f]{12} \(zip_bomb\).*", told.err)
    assert found, told.err
    line = found.group()
    assert "2 entries" in line and "41,943,042 bytes" in line
    assert "unpack it and land the folder" in line


def test_an_entry_that_leaves_its_archive_is_shown_with_the_remedy_and_never_written(gated):
    settings, _ = gated
    told = kithwork("quarantine", "show", "--config", settings, "--reason", "path_traversal")
    assert told.code == 0, told.said
    shown = " ".join(told.out.split())
    assert "not opened" in shown and "export again" in shown
    assert not (settings.parent / "landing" / company.PLANTED).exists()
    assert not list(settings.parent.rglob("2024-03-30*"))


def test_an_unchanged_failed_build_fails_again_at_once(gated):
    settings, first = gated
    again = build(settings)
    assert again.code == 1
    assert "nothing has changed since the last build, which failed" in again.out
    assert "Extract" not in again.out
    assert again.seconds < first.seconds / 2
    for line in first.err.splitlines():
        if line.startswith("✗"):
            assert line in again.err


def test_the_failure_tells_no_name_anywhere(gated):
    settings, told = gated
    planted = ["Quornfeather", company.PLANTED_EMAIL, company.PLANTED_HANDLE, company.PLANTED_WORKER]
    assert find_strings(warehouse_of(settings).root, planted, leave_out=["vault"]) == []
    assert [text for text in planted if text.casefold() in told.said.casefold()] == []


def test_published_commands_say_that_nothing_is_there(gated):
    told = kithwork("published", "list", "--config", gated[0])
    assert told.code == 0 and "nothing is published yet" in told.out
