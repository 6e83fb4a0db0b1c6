"""The contract tables: what every reader writes and everything after it may rely on.

One Arrow schema per lake table. A reader yields batches of exactly these columns
(without the common ones, which the lake writer adds); a platform that lacks something
leaves the column NULL or writes no rows of that table.

Conventions, the same for every table:

* times are UTC, microseconds; absent is NULL, never ``''``;
* ``*_account_id`` and ``*worker_id`` are keyed hashes (32 hexadecimal characters) made at
  the reader's border, never a platform's own id;
* message and channel ids are the platform's own, unless they carry an address;
* intervals: ``valid_from`` inclusive, ``valid_to`` exclusive; ``termination_date`` is the
  last day employed.

Versions of one row order by (``version_at``, ``_observed_at``, ``_file_sha256``).
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

TIMESTAMP: Final = pa.timestamp("us", tz="UTC")
DATE: Final = pa.date32()
TEXT: Final = pa.string()
FLAG: Final = pa.bool_()
COUNT: Final = pa.int32()

COMMON: Final = pa.schema(
    [
        pa.field("source", TEXT, nullable=False),
        pa.field("_file_sha256", TEXT, nullable=False),
        pa.field("_observed_at", TIMESTAMP),
        pa.field("_extracted_at", TIMESTAMP, nullable=False),
        pa.field("_reader_version", TEXT, nullable=False),
    ]
)
"""Columns that the lake writer adds to every row.

``_observed_at`` is the latest instant inside the export itself; ``_extracted_at`` tells when
the row was written and is never used in a computation.
"""


def _table(*columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns])


TABLES: Final[dict[str, pa.Schema]] = {
    "accounts": _table(
        ("account_id", TEXT),
        ("kind", TEXT),  # person, bot, service, shared, guest
        ("is_deactivated", FLAG),
        ("timezone", TEXT),
        ("created_at", TIMESTAMP),
        ("updated_at", TIMESTAMP),
    ),
    "channels": _table(
        ("channel_id", TEXT),
        ("name", TEXT),  # NULL for direct and group-direct channels: they carry handles
        ("kind", TEXT),  # public, private, direct, group_direct, mailing_list, meeting_series
        ("audience", TEXT),  # internal, external
        ("created_at", TIMESTAMP),
        ("is_archived", FLAG),
    ),
    "messages": _table(
        ("message_id", TEXT),
        ("channel_id", TEXT),
        ("thread_id", TEXT),
        ("parent_message_id", TEXT),
        ("author_account_id", TEXT),
        ("kind", TEXT),  # post, reply, praise, announcement, system
        ("sent_at", TIMESTAMP),
        ("edited_at", TIMESTAMP),
        ("deleted_at", TIMESTAMP),
        ("version_at", TIMESTAMP),
        ("n_recipients", COUNT),
        ("n_words", COUNT),
        ("n_links", COUNT),
        ("n_attachments", COUNT),
        ("is_question", FLAG),
        ("is_thanks", FLAG),
        ("topic_terms", pa.list_(TEXT)),  # keyed hashes; the vault knows the words; NULL: none
        ("text_signature", TEXT),  # keyed MinHash of the words; NULL for very short texts
        ("is_accepted_answer", FLAG),
    ),
    "mentions": _table(
        ("message_id", TEXT),
        ("account_id", TEXT),  # NULL exactly where is_broadcast
        ("is_broadcast", FLAG),
    ),
    "reactions": _table(
        ("message_id", TEXT),
        ("account_id", TEXT),
        ("name", TEXT),
        ("reacted_at", TIMESTAMP),  # NULL where the platform keeps none
        ("is_recognition", FLAG),
    ),
    "recipients": _table(
        ("message_id", TEXT),
        ("account_id", TEXT),
        ("role", TEXT),  # to, cc, bcc, direct
    ),
    "memberships": _table(
        ("channel_id", TEXT),
        ("account_id", TEXT),
        ("joined_at", TIMESTAMP),
        ("left_at", TIMESTAMP),
    ),
    "meetings": _table(
        ("meeting_id", TEXT),
        ("organiser_account_id", TEXT),
        ("starts_at", TIMESTAMP),
        ("ends_at", TIMESTAMP),
        ("is_recurring", FLAG),
        ("is_cancelled", FLAG),
        ("channel_id", TEXT),  # the meeting's chat; all instances of a series share one; NULL: none
        ("version_at", TIMESTAMP),  # last change of the calendar's entry; NULL: the source does not tell
    ),
    "attendances": _table(
        ("meeting_id", TEXT),
        ("account_id", TEXT),
        ("response", TEXT),  # accepted, tentative, declined, none
        ("joined_at", TIMESTAMP),
        ("left_at", TIMESTAMP),
    ),
    "views": _table(
        ("object_id", TEXT),
        ("account_id", TEXT),
        ("viewed_at", TIMESTAMP),
    ),
    "links": _table(
        ("message_id", TEXT),
        ("linked_object_id", TEXT),
        ("kind", TEXT),  # message, document, url
    ),
    "searches": _table(
        ("account_id", TEXT),
        ("searched_at", TIMESTAMP),
        ("query_signature", TEXT),  # keyed hash of the words looked for; NULL: the log tells none
        ("topic_terms", pa.list_(TEXT)),
        ("opened_object_id", TEXT),  # one row per object; NULL: nothing was opened
        ("opened_at", TIMESTAMP),
        ("dwell_seconds", pa.float64()),  # NULL: the log does not tell
    ),
    "source_coverage": _table(
        ("channel_id", TEXT),  # NULL: the whole source
        ("covered_from", TIMESTAMP),
        ("covered_to", TIMESTAMP),  # exclusive
        ("observed_at", TIMESTAMP),
        ("contains", pa.list_(TEXT)),  # messages, reactions, mentions, views, direct_messages, mail …
    ),
    "nominations": _table(
        ("survey", TEXT),
        ("respondent_worker_id", TEXT),
        ("nominee_worker_id", TEXT),
        ("relation", TEXT),
        ("strength", pa.float64()),
        ("answered_at", TIMESTAMP),
    ),
    "workers": _table(
        ("worker_id", TEXT),
        ("is_contingent", FLAG),
        ("updated_at", TIMESTAMP),
    ),
    "spells": _table(
        ("worker_id", TEXT),
        ("spell_number", COUNT),  # 1 for the first employment, 2 for a rehire …
        ("hire_date", DATE),
        ("termination_date", DATE),  # last day employed
        ("termination_type", TEXT),  # voluntary, involuntary, retirement, death, end_of_contract, unknown
        ("reason", TEXT),
        ("notice_date", DATE),
        ("is_regretted", FLAG),  # the employer's own assessment; NULL: not assessed, never inferred
    ),
    "jobs": _table(
        ("worker_id", TEXT),
        ("valid_from", DATE),
        ("valid_to", DATE),  # exclusive; NULL: still valid
        ("manager_worker_id", TEXT),
        ("org_unit_id", TEXT),
        ("org_unit_path", pa.list_(TEXT)),  # names from the root to the unit itself
        ("location", TEXT),
        ("job_family", TEXT),
        ("level", TEXT),
        ("fte", pa.float64()),
        ("employment_type", TEXT),  # permanent, fixed_term, contingent, intern …
        ("age_band", TEXT),
        ("attributes", pa.map_(TEXT, TEXT)),  # declared in the settings
        ("is_snapshot", FLAG),  # true: a state at valid_from, valid until the next snapshot
    ),
    "absences": _table(
        ("worker_id", TEXT),
        ("absent_from", DATE),
        ("absent_to", DATE),  # exclusive
        ("kind", TEXT),
    ),
    "success_metrics": _table(
        ("entity_type", TEXT),  # person, org_unit
        ("entity_id", TEXT),
        ("metric", TEXT),
        ("period_start", DATE),
        ("period_end", DATE),  # exclusive
        ("value", pa.float64()),
        ("unit", TEXT),
        ("higher_is_better", FLAG),
    ),
    "initiatives": _table(
        ("initiative_id", TEXT),
        ("name", TEXT),
        ("target_kind", TEXT),  # org_unit, person
        ("target_id", TEXT),  # one row per target; a worker_id is hashed
        ("starts_on", DATE),
        ("ends_on", DATE),
        ("assignment", TEXT),  # random, phased, self_selected, targeted
        ("primary_metric", TEXT),
        ("hypothesis", TEXT),
        ("registered_on", DATE),
    ),
    "quarantine": _table(
        ("position", TEXT),  # member of an archive and row or byte, never a landing path
        ("target_table", TEXT),
        ("reason", TEXT),  # a short code, e.g. message_without_ts
        ("detail", TEXT),  # what was expected; values of identifying columns are masked
        ("original_id", TEXT),  # where the vault keeps the original; NULL if it could not be read
    ),
}
"""Every lake table by name, without the common columns."""

ENUMS: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("accounts", "kind"): frozenset({"person", "bot", "service", "shared", "guest"}),
    ("channels", "kind"): frozenset(
        {"public", "private", "direct", "group_direct", "mailing_list", "meeting_series"}
    ),
    ("channels", "audience"): frozenset({"internal", "external"}),
    ("messages", "kind"): frozenset({"post", "reply", "praise", "announcement", "system"}),
    ("recipients", "role"): frozenset({"to", "cc", "bcc", "direct"}),
    ("spells", "termination_type"): frozenset(
        {"voluntary", "involuntary", "retirement", "death", "end_of_contract", "unknown"}
    ),
    ("initiatives", "assignment"): frozenset({"random", "phased", "self_selected", "targeted"}),
}
"""Closed vocabularies; a value outside goes to quarantine."""

TERM_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    table: tuple(name for name in schema.names if name == "topic_terms")
    for table, schema in TABLES.items()
    if "topic_terms" in schema.names
}
"""Columns that hold lists of keyed hashes of topic terms."""


def lake_schema(table: str) -> pa.Schema:
    """The schema of a lake file of ``table``: its own columns, then the common ones."""
    own = TABLES[table]
    return pa.schema([*own, *COMMON])
