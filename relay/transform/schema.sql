-- What a transform stage remembers: how far its lane has come, and what remains to be done.

-- One row.
CREATE TABLE lane (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    epoch  INTEGER NOT NULL,  -- epoch, high and head: the near zone's chain, as far as it is taken in
    high   INTEGER NOT NULL,
    head   TEXT    NOT NULL,
    tick   INTEGER NOT NULL,  -- number of the last receipt
    item   INTEGER NOT NULL,  -- number of the last item for the verify stage
    batch  INTEGER NOT NULL,  -- number of the last batch of items
    prev   TEXT    NOT NULL,  -- its hash
    halt   TEXT               -- why nothing more is taken in, until an operator resumes
) STRICT;

-- The hash memory: what was taken in under which first number.
CREATE TABLE payload (
    first  INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL
) STRICT;

-- What waits for the verify stage, in the bytes in which it goes there.
CREATE TABLE batch (
    number  INTEGER PRIMARY KEY,
    last    INTEGER NOT NULL,  -- number of its last item
    sha256  TEXT    NOT NULL,
    encoded BLOB    NOT NULL
) STRICT;

CREATE INDEX batch_last ON batch (last);

-- Runs of items that the verify stage has not settled: item first+i concerns event seq+i.
CREATE TABLE span (
    first   INTEGER PRIMARY KEY,
    last    INTEGER NOT NULL,
    seq     INTEGER NOT NULL,  -- 0: no event, it was refused at the door
    file    INTEGER NOT NULL,  -- 0: the event itself, n: its n-th file
    verdict INTEGER NOT NULL,  -- what the sender is told unless the verify stage forbids it
    reason  TEXT,
    removed INTEGER NOT NULL,  -- the bits of a receipt
    rule    TEXT    NOT NULL,  -- by which it is held or refused, or ""
    until   INTEGER NOT NULL,  -- held: when it expires
    desk    TEXT,              -- held: who decides
    found   INTEGER NOT NULL   -- in a file: how many times its rule found something
) STRICT;

-- What the near zone has been told, until it says that it knows.
CREATE TABLE receipt (
    tick    INTEGER PRIMARY KEY,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    file    INTEGER NOT NULL,
    verdict INTEGER NOT NULL,
    reason  TEXT,
    removed INTEGER NOT NULL,  -- the bits of a receipt
    rule    TEXT    NOT NULL,
    until   INTEGER NOT NULL,
    desk    TEXT,
    found   INTEGER NOT NULL
) STRICT;

-- Events that wait for a person.
CREATE TABLE hold (
    seq    INTEGER PRIMARY KEY,
    event  TEXT    NOT NULL,
    sender TEXT    NOT NULL,  -- id of its author
    source TEXT    NOT NULL,  -- hash of the payload it came in
    rule   TEXT    NOT NULL,
    changes BLOB   NOT NULL,  -- JSON
    at     INTEGER NOT NULL,
    until  INTEGER NOT NULL,  -- when it expires
    size   INTEGER NOT NULL,  -- in bytes, with its files
    body   BLOB    NOT NULL   -- the event in normal form, JSON
) STRICT;

CREATE INDEX hold_event ON hold (event);

CREATE INDEX hold_until ON hold (until);

CREATE INDEX hold_sender ON hold (sender, size);

-- Who has said yes to what is held, until enough have.
CREATE TABLE consent (
    subject TEXT    NOT NULL,
    by      TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    until   INTEGER NOT NULL,  -- when it counts no more
    signed  BLOB    NOT NULL,
    PRIMARY KEY (subject, by)
) STRICT, WITHOUT ROWID;

-- Files of events that were taken in, until they are settled and the near zone knows.
CREATE TABLE file (
    seq      INTEGER NOT NULL,
    file     INTEGER NOT NULL,  -- 1 to 10
    fid      TEXT    NOT NULL,
    name     TEXT    NOT NULL,  -- as its sender gave it: never shown, never a path
    media    TEXT    NOT NULL,
    sha256   TEXT    NOT NULL,  -- of the bytes as they come in
    size     INTEGER NOT NULL,
    message  TEXT    NOT NULL,
    room     TEXT,
    hlc       INTEGER NOT NULL,
    author   BLOB    NOT NULL,  -- JSON
    sender   TEXT    NOT NULL,  -- the author's id
    source   TEXT    NOT NULL,  -- hash of the payload that announced it
    state    TEXT    NOT NULL,  -- relay/states.py
    attempts INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 0,  -- of the last file.ready about it
    held_at  INTEGER,
    until    INTEGER,           -- held: when it expires, as was told of it
    rule     TEXT,              -- by which it is held, or was
    found    INTEGER NOT NULL DEFAULT 0,  -- held: how many times the rule found something
    consents BLOB,              -- of those who have decided, JSON; null until then
    password TEXT,              -- what its sender says opens it; null once nothing is to be opened
    item     INTEGER,           -- its file.ready
    clean    TEXT,              -- hash of what was rebuilt
    handed   INTEGER NOT NULL DEFAULT 0,  -- whether the verify stage has those bytes
    tick     INTEGER,           -- the receipt that settled it
    PRIMARY KEY (seq, file)
) STRICT, WITHOUT ROWID;

CREATE INDEX file_state ON file (state, seq, file);
CREATE INDEX file_held ON file (sender, size) WHERE state = 'held';
CREATE INDEX file_sha256 ON file (sha256);
CREATE INDEX file_message ON file (message);
CREATE INDEX file_item ON file (item) WHERE item IS NOT NULL;
CREATE INDEX file_clean ON file (clean) WHERE clean IS NOT NULL;

-- What senders have left to use up.
CREATE TABLE bucket (
    uid    TEXT    PRIMARY KEY,
    events REAL    NOT NULL,
    bytes  REAL    NOT NULL,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
