//! The tables, and how a log of an earlier version becomes one of today's.
//!
//! They are written in SQLite's words; `for_server` turns them into PostgreSQL's.

/// One step for each layout; a log of layout `n` has the first `n` behind it.
pub(crate) const STEPS: [&str; 3] = [FIRST, SECOND, THIRD];

/// Marks the file as ours: "clbk" in ASCII.
pub(crate) const APPLICATION_ID: i64 = 0x636c_626b;

// Calls are read newest first. New calls stand in
// `uncounted` until they are added to the tallies many at a time, which keeps writing one call cheap.
// SQLite gives numbers by itself; AUTOINCREMENT, which never gives one twice, costs a page more each time.
const FIRST: &str = "
CREATE TABLE meta (
    name            TEXT PRIMARY KEY,
    value           TEXT NOT NULL
) STRICT;
INSERT INTO meta (name, value) VALUES ('counting', ''), ('list-changes', '');

CREATE TABLE calls (
    id              INTEGER PRIMARY KEY /* given */,
    call_key        BLOB NOT NULL UNIQUE,
    at              INTEGER NOT NULL,
    offset_minutes  INTEGER NOT NULL,
    site            TEXT NOT NULL,
    line            TEXT NOT NULL,
    direction       TEXT NOT NULL,
    who             TEXT NOT NULL,
    caller          TEXT NOT NULL,
    number          TEXT,
    e164            TEXT,
    name            TEXT,
    area            TEXT,
    called          TEXT,
    waiting         INTEGER NOT NULL,
    suspect         TEXT,
    line_time       TEXT,
    raw             BLOB NOT NULL,
    mark            TEXT NOT NULL,
    decision        TEXT NOT NULL,
    action          TEXT NOT NULL,
    stage           TEXT NOT NULL,
    rule            TEXT NOT NULL,
    cause           TEXT NOT NULL,
    reason          TEXT NOT NULL,
    steps           TEXT NOT NULL,
    ending          TEXT NOT NULL,
    rings           INTEGER NOT NULL,
    answered_ms     INTEGER NOT NULL,
    digits          TEXT NOT NULL,
    recording       TEXT,
    recording_bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX calls_by_time ON calls (at, id);
CREATE INDEX calls_by_caller ON calls (who, at, id);
CREATE INDEX calls_by_line ON calls (line, at, id);
CREATE INDEX calls_by_mark ON calls (mark, at, id);
CREATE INDEX calls_with_recording ON calls (at, id) WHERE recording IS NOT NULL;

CREATE TABLE uncounted (
    id              INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE tallies (
    kind            INTEGER NOT NULL,
    day             INTEGER NOT NULL,
    item            TEXT NOT NULL,
    line            TEXT NOT NULL,
    calls           INTEGER NOT NULL,
    blocked         INTEGER NOT NULL,
    answered_ms     INTEGER NOT NULL,
    PRIMARY KEY (kind, day, item, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE callers (
    who             TEXT PRIMARY KEY,
    calls           INTEGER NOT NULL,
    blocked         INTEGER NOT NULL,
    answered_ms     INTEGER NOT NULL,
    first_at        INTEGER NOT NULL,
    last_at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX callers_by_calls ON callers (calls, who);

CREATE TABLE messages (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    message_key     BLOB NOT NULL UNIQUE,
    at              INTEGER NOT NULL,
    offset_minutes  INTEGER NOT NULL,
    site            TEXT NOT NULL,
    line            TEXT NOT NULL,
    kind            TEXT NOT NULL,
    call_key        BLOB,
    who             TEXT NOT NULL,
    name            TEXT,
    file            TEXT,
    length_ms       INTEGER NOT NULL,
    bytes           INTEGER NOT NULL,
    heard_at        INTEGER,
    note            TEXT NOT NULL
) STRICT;
CREATE INDEX messages_by_time ON messages (at, id);

CREATE TABLE list_changes (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    change_key      BLOB NOT NULL UNIQUE,
    at              INTEGER NOT NULL,
    site            TEXT NOT NULL,
    list            TEXT NOT NULL,
    added           INTEGER NOT NULL,
    entry           TEXT NOT NULL,
    name            TEXT NOT NULL,
    made_by         TEXT NOT NULL,
    expires         INTEGER
) STRICT;

CREATE TABLE list_entries (
    list            TEXT NOT NULL,
    entry           TEXT NOT NULL,
    name            TEXT NOT NULL,
    made_by         TEXT NOT NULL,
    at              INTEGER NOT NULL,
    expires         INTEGER,
    PRIMARY KEY (list, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE answers (
    source          TEXT NOT NULL,
    number          TEXT NOT NULL,
    at              INTEGER NOT NULL,
    expires         INTEGER NOT NULL,
    answer          TEXT NOT NULL,
    PRIMARY KEY (source, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_by_expiry ON answers (expires);

CREATE TABLE undelivered (
    id              INTEGER PRIMARY KEY /* given */,
    kind            TEXT NOT NULL,
    entry_key       BLOB NOT NULL
) STRICT;
CREATE INDEX undelivered_by_entry ON undelivered (kind, entry_key);
";

// Sites look for later changes of the same entry before they take one over.
const SECOND: &str = "
CREATE INDEX list_changes_by_entry ON list_changes (list, entry, at);
";

// Where calls with a property stand takes the place of two indexes: it is filled when calls are counted, many
// at a time, and so costs nothing while a call is written. What was counted before waits below `unplaced`.
// `sums` hold the tallies of 1, 8, 64 and 512 days, and who called most often in them.
const THIRD: &str = "
CREATE TABLE properties (
    id              INTEGER PRIMARY KEY /* given */,
    kind            INTEGER NOT NULL,
    item            TEXT NOT NULL,
    more            TEXT NOT NULL,
    calls           INTEGER NOT NULL,
    UNIQUE (kind, item, more)
) STRICT;

CREATE TABLE places (
    property        INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    id              INTEGER NOT NULL,
    PRIMARY KEY (property, at, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sums (
    level           INTEGER NOT NULL,
    slot            INTEGER NOT NULL,
    kind            INTEGER NOT NULL,
    scope           TEXT NOT NULL,
    items           BLOB NOT NULL,
    PRIMARY KEY (level, slot, kind, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE summed (
    callers         INTEGER NOT NULL,
    level           INTEGER NOT NULL,
    slot            INTEGER NOT NULL,
    PRIMARY KEY (callers, level, slot)
) STRICT, WITHOUT ROWID;

INSERT INTO meta (name, value) SELECT 'unplaced', CAST(coalesce(max(id), 0) AS TEXT) FROM calls;
DROP INDEX calls_by_line;
DROP INDEX calls_by_mark;
-- in a file only
CREATE VIRTUAL TABLE words USING fts5
    (item, more, content = 'properties', content_rowid = 'id', tokenize = 'trigram', detail = 'none');
";

/// What stands behind it in a step is for SQLite alone.
#[cfg(feature = "postgres")]
const FILE_ONLY: &str = "-- in a file only";

/// The same tables in PostgreSQL's words.
#[cfg(feature = "postgres")]
pub(crate) fn for_server(sql: &str) -> String {
    let identity = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY";
    let sql = sql.split(FILE_ONLY).next().unwrap_or(sql);
    sql.replace("INTEGER PRIMARY KEY AUTOINCREMENT", identity)
        .replace("INTEGER PRIMARY KEY /* given */", identity)
        .replace(" INTEGER", " BIGINT")
        .replace(" BLOB", " BYTEA")
        .replace(") STRICT, WITHOUT ROWID;", ");")
        .replace(") STRICT;", ");")
}
