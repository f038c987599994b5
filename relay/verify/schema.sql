-- The store of a verify stage, beside the tables of the audit log (runtime.audit_log).

-- Where everything stands.
CREATE TABLE lane (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    taken      INTEGER NOT NULL,  -- the last item taken in from the transform stage
    taken_head TEXT    NOT NULL,  -- and the hash of its batch
    settled    INTEGER NOT NULL,  -- the transform stage knows the verdicts up to here
    epoch      INTEGER NOT NULL,
    high       INTEGER NOT NULL,  -- the last event sealed for the far zone
    head       TEXT    NOT NULL,
    acked      INTEGER NOT NULL,  -- the last event the far zone has durably taken in
    acked_head TEXT    NOT NULL,
    halted     TEXT,              -- the reason why nothing is taken in or handed out any more
    far_stopped TEXT              -- the reason why nothing is handed out any more
) STRICT;

-- Batches taken in lately, so that a second one under the same number is known.
CREATE TABLE batch (
    first  INTEGER PRIMARY KEY,
    last   INTEGER NOT NULL,
    sha256 TEXT    NOT NULL
) STRICT;

-- What became of runs of items, until the transform stage has settled them.
CREATE TABLE run (
    first   INTEGER PRIMARY KEY,
    last    INTEGER NOT NULL,
    state   TEXT    NOT NULL,  -- a `relay.states.State`
    verdict INTEGER NOT NULL,
    reason  TEXT,
    seq     INTEGER            -- of the first item's event, if it was sealed; the others follow
) STRICT;
CREATE INDEX run_state ON run (state, seq);

-- Sealed, and not yet taken in by the far zone.
CREATE TABLE envelope (
    first  INTEGER PRIMARY KEY,
    last   INTEGER NOT NULL,
    sha256 TEXT    NOT NULL,
    at     INTEGER NOT NULL,  -- when it was sealed
    sealed BLOB    NOT NULL
) STRICT;

-- Files whose bytes we wait for (seq is null), and those the far zone has yet to take in.
CREATE TABLE file (
    n      INTEGER PRIMARY KEY,
    sha256 TEXT    NOT NULL,
    size   INTEGER NOT NULL,
    policy TEXT    NOT NULL,
    item   BLOB    NOT NULL,
    seq    INTEGER
) STRICT;
CREATE INDEX file_sha256 ON file (sha256);

-- The salts of the commitments in the audit log: who deletes one makes the person unknown.
CREATE TABLE person (
    uid  TEXT PRIMARY KEY,
    salt BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What was last put on record of keys, policy, epoch and starts: a change of it is a record.
CREATE TABLE noted (
    what  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The policies that this stage has itself read.
CREATE TABLE policy (
    sha256 TEXT    PRIMARY KEY,
    since  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO lane VALUES (1, 0, printf('%064d', 0), 0, 1, 0, printf('%064d', 0), 0, printf('%064d', 0), NULL, NULL);
