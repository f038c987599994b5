-- A zone's copy of the conversation, and what it still owes to the other zone.

-- The counters of this store.  One row.
CREATE TABLE counter (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    tag      TEXT    NOT NULL,  -- random: a cursor of another store is not one of ours
    clock    INTEGER NOT NULL,  -- hlc of the latest event made here or seen (wire.order)
    heard    INTEGER NOT NULL,  -- the largest hlc of an event of the far zone
    log_high INTEGER NOT NULL   -- number of the last entry of the log
) STRICT;

-- Of which zone of which installation this store is: said when it is opened for the first time,
-- and the same for ever.  One row.
CREATE TABLE home (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    zone TEXT    NOT NULL,
    site TEXT    NOT NULL
) STRICT;

-- What was said, as it was said.  A placeholder for a held message has no text yet.
CREATE TABLE message (
    id       TEXT    PRIMARY KEY,
    room     TEXT    NOT NULL,
    zone     TEXT    NOT NULL,
    author   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    stamp    TEXT    NOT NULL,
    text     TEXT,
    reply_to TEXT,
    thread   TEXT,              -- the message that began the thread it is in
    more     TEXT,              -- JSON: mentions, sticker, forwarded, location, call
    origin   TEXT,              -- the message whose words it says again
    arrived  INTEGER NOT NULL,  -- when it could be read here
    late     INTEGER NOT NULL,  -- whether it came to stand before what was here for a while
    was_held INTEGER NOT NULL,  -- whether it was a placeholder, or is one
    lgwan    INTEGER NOT NULL,  -- how far this zone had come of what was said in LGWAN
    internet INTEGER NOT NULL   --     and on the internet when it came (zone/copy/readings.py)
) STRICT, WITHOUT ROWID;

-- With author, time and zone, so that only what is unread is looked up in the table.
CREATE INDEX message_place ON message (room, stamp, id, author, at, zone);
CREATE INDEX message_held ON message (room, stamp) WHERE was_held = 1;
CREATE INDEX message_thread ON message (thread, stamp) WHERE thread IS NOT NULL;
CREATE INDEX message_age ON message (room, at);
CREATE INDEX message_origin ON message (origin) WHERE origin IS NOT NULL;

-- What fixed a room, a person, a municipality or a section when it was made.  Of two births of
-- one object the elder counts (wire.merge.is_elder); no other word comes here.
CREATE TABLE birth (
    id    TEXT    PRIMARY KEY,
    zone  TEXT    NOT NULL,
    maker TEXT    NOT NULL,
    kind  TEXT,              -- of the room or the person
    scope TEXT,              -- of the room
    at    INTEGER NOT NULL,
    stamp TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Events of the far zone that the relay has said it keeps back: people there speak of them.
CREATE TABLE held (
    event  TEXT PRIMARY KEY,
    room   TEXT,
    author TEXT NOT NULL,
    what   TEXT NOT NULL,    -- the kind of the event
    at     INTEGER NOT NULL, -- when the relay said so
    stamp  TEXT NOT NULL,    -- where what is held has its place
    frontend TEXT NOT NULL   -- through which it was made
) STRICT, WITHOUT ROWID;

CREATE INDEX held_room ON held (room, what, stamp);

-- Items as they were made; what they say is in their registers.
CREATE TABLE item (
    id     TEXT    PRIMARY KEY,
    room   TEXT,               -- null for a broadcast, which is of no room
    type   TEXT    NOT NULL,
    zone   TEXT    NOT NULL,
    author TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    stamp  TEXT    NOT NULL,
    frontend TEXT  NOT NULL    -- through which it was made
) STRICT, WITHOUT ROWID;

CREATE INDEX item_place ON item (room, type, stamp);
CREATE INDEX item_type ON item (type, stamp);

-- The latest word on each field of each object; the later stamp wins (wire.merge).
CREATE TABLE register (
    object TEXT NOT NULL,
    field  TEXT NOT NULL,
    value  TEXT NOT NULL,  -- JSON
    stamp  TEXT NOT NULL,
    PRIMARY KEY (object, field)
) STRICT, WITHOUT ROWID;

-- Words that lost to a later one, for as long as that one may yet be taken back.
CREATE TABLE displaced (
    object TEXT    NOT NULL,
    field  TEXT    NOT NULL,
    stamp  TEXT    NOT NULL,
    value  TEXT    NOT NULL,  -- JSON
    at     INTEGER NOT NULL,  -- when they lost, in milliseconds
    PRIMARY KEY (object, field, stamp)
) STRICT, WITHOUT ROWID;

CREATE INDEX displaced_at ON displaced (at);

CREATE INDEX register_retention ON register (object) WHERE field = 'retention_days';
CREATE INDEX register_resource ON register (value) WHERE field = 'resource';
CREATE INDEX register_entry ON register (value) WHERE field = 'entry';

-- Broadcasts (bc_…) that those who have not read them are still to be told of once more, and when.
CREATE TABLE escalation (
    broadcast TEXT PRIMARY KEY,
    due  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Items whose time is up later, and are to be told of then.
CREATE TABLE ending (
    item TEXT    PRIMARY KEY,
    due  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ending_due ON ending (due);

-- Who looked at a room, in which zone, when, and how much was there (zone/copy/readings.py).
CREATE TABLE reading (
    room     TEXT    NOT NULL,
    user     TEXT    NOT NULL,
    zone     TEXT    NOT NULL,
    lgwan    INTEGER NOT NULL,
    internet INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    message  TEXT    NOT NULL,  -- the last one that they were shown
    author   BLOB,              -- JSON, as long as it is still to cross
    PRIMARY KEY (room, user, zone, lgwan, internet)
) STRICT, WITHOUT ROWID;

CREATE INDEX reading_internet ON reading (room, user, zone, internet, lgwan, at);
CREATE INDEX reading_leaving ON reading (at) WHERE author IS NOT NULL;

-- Messages that were not there when somebody looked, though the counts of the reading cover them.
CREATE TABLE unseen (
    room     TEXT    NOT NULL,
    user     TEXT    NOT NULL,
    message  TEXT    NOT NULL,
    zone     TEXT    NOT NULL,
    lgwan    INTEGER NOT NULL,
    internet INTEGER NOT NULL,
    PRIMARY KEY (room, user, message, zone, lgwan, internet)
) STRICT, WITHOUT ROWID;

-- What a message said before it was rewritten.
CREATE TABLE revision (
    message TEXT    NOT NULL,
    stamp   TEXT    NOT NULL,
    text    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (message, stamp)
) STRICT, WITHOUT ROWID;

-- Each word on an item, as it was said, until the item is removed; and what rooms said they are.
CREATE TABLE wording (
    object TEXT    NOT NULL,
    stamp  TEXT    NOT NULL,
    base   TEXT,               -- stamp of the object as its author saw it; null in the first word
    author TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    said   TEXT    NOT NULL,   -- JSON: the fields that it names
    PRIMARY KEY (object, stamp)
) STRICT, WITHOUT ROWID;

-- What is to be said later, in this zone only until then.
CREATE TABLE later_message (
    id     TEXT    PRIMARY KEY,
    room   TEXT    NOT NULL,
    due    INTEGER NOT NULL,
    author BLOB    NOT NULL,  -- JSON
    user   TEXT    NOT NULL,
    said   BLOB    NOT NULL,  -- JSON
    reason TEXT               -- why it could not be said when it was due
) STRICT, WITHOUT ROWID;

CREATE INDEX later_message_due ON later_message (due) WHERE reason IS NULL;

-- Files: uploaded here, or announced by the other zone.  `message` may be an item, too.
CREATE TABLE file (
    fid      TEXT    PRIMARY KEY,
    message  TEXT,               -- null until a message takes it
    place    INTEGER NOT NULL,   -- 1 to 10 in the event that named it
    event    TEXT,               -- that event, if it was made here; an item has one for each version
    uploader TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    media    TEXT    NOT NULL,
    size     INTEGER NOT NULL,
    sha256   TEXT,               -- of what this zone holds or waits for
    state    TEXT    NOT NULL,   -- zone/copy/files.py says which there are
    outcome  TEXT,               -- the state to come once its bytes are here
    reason   TEXT,
    removed  TEXT    NOT NULL DEFAULT '[]',  -- JSON: what was taken out, by kind
    rule     TEXT,               -- of the relay's policy, by which it is held or was kept back
    until    INTEGER,            -- held: when it expires, in milliseconds
    desk     TEXT,               -- held: who decides (wire.reasons.DESKS)
    found    INTEGER NOT NULL DEFAULT 0,  -- how many times the rule found something in it
    width    INTEGER,            -- of a picture as it is seen, in pixels; null if not known
    height   INTEGER,
    password TEXT,               -- what opens it; null once a message has taken it
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX file_message ON file (message, place);
CREATE INDEX file_event ON file (event);
CREATE INDEX file_state ON file (state) WHERE state IN ('crossing', 'arriving');
CREATE INDEX file_sha256 ON file (sha256);

-- Uploads in pieces (tus).  zone/copy/uploads.py says what becomes of them.
CREATE TABLE upload (
    id       TEXT    PRIMARY KEY,
    uploader TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    media    TEXT    NOT NULL,
    size     INTEGER NOT NULL,
    offset   INTEGER NOT NULL,  -- bytes that are on the disk for certain
    metadata TEXT    NOT NULL,  -- as the client said it
    password TEXT,              -- what opens the file; null once the file has it
    fid      TEXT,              -- the file it became; null while it is open
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX upload_open ON upload (uploader) WHERE fid IS NULL;
CREATE INDEX upload_at ON upload (at);

-- What frontends follow: one log for the zone, of which each sees what it may.
CREATE TABLE log (
    n        INTEGER PRIMARY KEY,
    room     TEXT,
    audience TEXT,              -- one user, where it is not the room's
    at       INTEGER NOT NULL,  -- when what it speaks of was said
    type     TEXT    NOT NULL,
    body     BLOB    NOT NULL   -- JSON
) STRICT;

-- Answers given, by the key under which they were asked for.
CREATE TABLE answer (
    asker    TEXT    NOT NULL,  -- frontend, user and route
    key      TEXT    NOT NULL,
    question BLOB    NOT NULL,  -- SHA-256 of the request
    status   INTEGER NOT NULL,
    body     BLOB    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (asker, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX answer_at ON answer (at);

-- How far each bot has acknowledged what it was told.
CREATE TABLE position (
    frontend TEXT    NOT NULL,
    user     TEXT    NOT NULL,
    n        INTEGER NOT NULL,  -- of the last entry of the log that it is done with
    PRIMARY KEY (frontend, user)
) STRICT, WITHOUT ROWID;

-- Receivers on this host that are called back (zone/webhooks).
CREATE TABLE webhook (
    id       TEXT    PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE,
    user     TEXT    NOT NULL,  -- whose eyes it has
    url      TEXT    NOT NULL,
    form     TEXT    NOT NULL,
    events   TEXT    NOT NULL,  -- JSON: types of events; empty for all
    payments INTEGER NOT NULL,  -- whether forms may have it called with an amount
    tries    INTEGER NOT NULL,
    hours    INTEGER NOT NULL,
    secret   TEXT    NOT NULL,  -- HMAC needs it as it is (decision 0012)
    n        INTEGER NOT NULL,  -- of the last entry of the log that it is done with
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a receiver has not taken yet: to be tried again when due, or, if dead, by an operator.
CREATE TABLE undelivered (
    webhook TEXT    NOT NULL,
    n       INTEGER NOT NULL,
    type    TEXT    NOT NULL,
    body    BLOB    NOT NULL,
    at      INTEGER NOT NULL,
    tries   INTEGER NOT NULL,
    due     INTEGER NOT NULL,
    trouble TEXT    NOT NULL,
    dead    INTEGER NOT NULL,
    entry   BLOB,              -- JSON: of the log, by which its right is asked again before a try
    PRIMARY KEY (webhook, n)
) STRICT, WITHOUT ROWID;

-- Who did something in which month (of Japan), and how often they spoke.  Outlives what was said.
CREATE TABLE activity (
    month TEXT    NOT NULL,  -- 2026-11
    user  TEXT    NOT NULL,
    talks INTEGER NOT NULL,
    PRIMARY KEY (month, user)
) STRICT, WITHOUT ROWID;

-- Programs that may use the local socket.  One that was revoked keeps its row, and no token.
CREATE TABLE frontend (
    id      TEXT    PRIMARY KEY,
    name    TEXT    NOT NULL,
    uids    TEXT    NOT NULL,  -- JSON: Unix users it may run as
    act_as  TEXT    NOT NULL,  -- JSON: ids of people, sections, municipalities, or "anybody"
    scopes  TEXT    NOT NULL,  -- JSON: what it may be used for (zone/api/http/scopes.py)
    at      INTEGER NOT NULL,
    used    INTEGER,           -- when it last asked, to a minute; null for never
    revoked INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX frontend_name ON frontend (name) WHERE revoked IS NULL;

CREATE TABLE frontend_token (
    sha256   BLOB    PRIMARY KEY,  -- of the token
    frontend TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    until    INTEGER               -- when it ends, once it is rotated away
) STRICT, WITHOUT ROWID;

CREATE INDEX token_frontend ON frontend_token (frontend);

-- Where our two chains stand: `leaving` is what we sealed, `arriving` what we took in.
CREATE TABLE chain (
    lane   TEXT    PRIMARY KEY,
    epoch  INTEGER NOT NULL,
    high   INTEGER NOT NULL,
    head   TEXT    NOT NULL,
    acked  INTEGER NOT NULL DEFAULT 0,  -- what the relay has durably taken in
    tick   INTEGER NOT NULL DEFAULT 0,  -- the last receipt taken in
    halted TEXT                         -- why nothing is sent or taken in any more
) STRICT, WITHOUT ROWID;

-- Reading positions among what left, and what daemons say to each other: nobody waits for them when
-- a link is down.
CREATE TABLE unnoticed (
    seq INTEGER PRIMARY KEY
) STRICT;

-- Links that are down, and since when (zone/link/link_states.py).
CREATE TABLE link_down (
    part  TEXT    PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Sealed and not yet acknowledged.
CREATE TABLE outbox (
    first    INTEGER PRIMARY KEY,
    last     INTEGER NOT NULL,
    sha256   TEXT    NOT NULL,
    envelope BLOB    NOT NULL
) STRICT;

-- What became of each event that left.
CREATE TABLE delivery (
    seq     INTEGER PRIMARY KEY,
    event   TEXT    NOT NULL UNIQUE,
    room    TEXT,
    author  TEXT    NOT NULL,
    hlc     INTEGER,           -- its place in the order
    verdict TEXT,              -- null: queued or crossing, by comparison with chain.acked
    reason  TEXT,
    removed TEXT NOT NULL DEFAULT '[]',  -- JSON: what was taken out, by kind
    rule    TEXT,              -- of the relay's policy, by which it is held or was refused
    until   INTEGER,           -- held: when it expires, in milliseconds
    desk    TEXT,              -- held: who decides (wire.reasons.DESKS)
    about   TEXT,              -- what it changed (zone.copy.changes), where that is not itself
    said    BLOB,              -- the event, JSON, as long as it may be taken back or sent again
    follow  TEXT               -- refused, and then: '' taken back, or the event sent instead
) STRICT;

CREATE INDEX delivery_kept_back ON delivery (room) WHERE verdict IN ('held', 'refused');
-- Messages are in neither: what is posted most costs no more for it.
CREATE INDEX delivery_about ON delivery (about, seq) WHERE about IS NOT NULL;
CREATE INDEX delivery_said ON delivery (seq) WHERE said IS NOT NULL;
-- What its author may want to do something about, and what is not there yet.
CREATE INDEX delivery_open ON delivery (author, seq)
 WHERE verdict IN ('held', 'refused') AND follow IS NULL;
CREATE INDEX delivery_on_way ON delivery (about, seq)
 WHERE about IS NOT NULL AND follow IS NULL
   AND (verdict IS NULL OR verdict IN ('held', 'refused'));

-- What of ours waits at the relay for a superior's word, or did (zone/clearances).
CREATE TABLE clearance (
    subject TEXT    PRIMARY KEY,  -- the file
    message TEXT    NOT NULL,     -- the message or item that it is of
    room    TEXT,
    author  TEXT    NOT NULL,
    person  TEXT,                 -- who spoke through a shared account
    tenant  TEXT    NOT NULL,
    content TEXT    NOT NULL,     -- the hash of what is decided upon
    rule    TEXT    NOT NULL,     -- of the relay's policy, which asked
    at      INTEGER NOT NULL,
    until   INTEGER NOT NULL,     -- when it expires, in milliseconds
    rung    INTEGER NOT NULL,     -- how far up people were asked
    told    INTEGER NOT NULL,     -- how often they were told
    due     INTEGER,              -- when they are told next; null for never
    state   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX clearance_waiting ON clearance (at) WHERE state = 'waiting';
CREATE INDEX clearance_due ON clearance (due) WHERE due IS NOT NULL;
CREATE INDEX clearance_author ON clearance (author, at);

-- What people decided upon it, each once.
CREATE TABLE clearance_word (
    subject  TEXT    NOT NULL,
    user     TEXT    NOT NULL,
    decision TEXT    NOT NULL,  -- approve, deny, return
    reason   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (subject, user)
) STRICT, WITHOUT ROWID;

-- Lists of people that were imported (zone/conversation/imports.py).
CREATE TABLE import (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    tenant TEXT    NOT NULL,
    author BLOB    NOT NULL,  -- JSON
    counts BLOB    NOT NULL   -- JSON: what the list says against what was known
) STRICT;

-- What a list makes or changes, in the order in which it is said.
CREATE TABLE import_event (
    place   INTEGER PRIMARY KEY,
    import  INTEGER NOT NULL,
    line    INTEGER NOT NULL,  -- of the list; 0 for whoever is not on it
    subject TEXT    NOT NULL,  -- the person or section it is about
    about   TEXT    NOT NULL,  -- and what people call it
    body    BLOB,              -- JSON; null once it is said
    event   TEXT,              -- what was said; null before that
    reason  TEXT               -- why it could not be said
) STRICT;

CREATE INDEX import_event_import ON import_event (import, place);
CREATE INDEX import_event_subject ON import_event (subject, place);
CREATE INDEX import_event_unsaid ON import_event (place) WHERE event IS NULL AND reason IS NULL;

CREATE VIEW import_unsaid AS
SELECT place, import, body FROM import_event WHERE event IS NULL AND reason IS NULL;

-- The events of lists, and where each is: refused here, or what the relay has said of it.
CREATE VIEW import_state AS
SELECT import_event.place, import_event.import, import_event.line, import_event.subject,
       import_event.about, coalesce(import_event.reason, delivery.reason, '') AS reason,
       CASE WHEN import_event.reason IS NOT NULL THEN 'refused'
            WHEN import_event.event IS NULL THEN 'to_say'
            WHEN delivery.verdict IS NULL THEN 'on_the_way'
            WHEN delivery.verdict IN ('held', 'refused') THEN delivery.verdict
            ELSE 'there' END AS state
  FROM import_event LEFT JOIN delivery ON delivery.event = import_event.event;

-- Where the latest word of a list on each person and section is.
CREATE VIEW import_standing AS
SELECT subject, state FROM import_state
 WHERE place IN (SELECT max(place) FROM import_event GROUP BY subject);

-- Those that the other zone does not have, as far as is known.
CREATE INDEX delivery_unsettled ON delivery (seq, hlc, verdict)
 WHERE verdict IS NULL OR verdict IN ('held', 'refused');

-- What was said here and crosses, whole: from it copies are mended (zone/copy/journal.py).
CREATE TABLE said (
    hlc   INTEGER PRIMARY KEY,  -- its place in the order
    about TEXT    NOT NULL,     -- the object
    event BLOB    NOT NULL      -- JSON, without passwords of files
) STRICT;

CREATE INDEX said_about ON said (about, hlc);

-- What the other zone said and was believed: so that it is known again.
CREATE TABLE heard (
    stamp  TEXT PRIMARY KEY,
    event  TEXT NOT NULL,
    digest BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Where comparing the two copies stands (zone/reconcile).  One row.
CREATE TABLE reconciliation (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    sent        TEXT    NOT NULL DEFAULT '', -- the event that last said what our whole copy is
    sent_at     INTEGER NOT NULL DEFAULT 0,  -- and when it said so
    compared_at INTEGER NOT NULL DEFAULT 0,  -- when theirs were last compared with ours
    equal_at    INTEGER NOT NULL DEFAULT 0,  -- when they were last the same
    asked       INTEGER NOT NULL DEFAULT 0,  -- whether an operator wants it now
    arriving    TEXT    NOT NULL DEFAULT '', -- policy under which the relay last released to us
    leaving     TEXT    NOT NULL DEFAULT '', -- and to the other zone, as it says
    offered     INTEGER NOT NULL DEFAULT 0,  -- how much was sent again
    mended      INTEGER NOT NULL DEFAULT 0   -- how many words were put right here
) STRICT;

INSERT INTO reconciliation (one) VALUES (1);

-- Digests of the other zone that are still to be compared with ours.
CREATE TABLE digest (
    n     INTEGER PRIMARY KEY,
    body  BLOB    NOT NULL, -- JSON
    whole INTEGER NOT NULL  -- whether it is of all of the copy; there is one such at most
) STRICT;

-- What of `said` is to be sent again.
CREATE TABLE offer (
    hlc INTEGER PRIMARY KEY
) STRICT;

-- What differed when it was last compared.
CREATE TABLE difference (
    place  TEXT    PRIMARY KEY,  -- wire/digests.py
    object TEXT    NOT NULL,
    field  TEXT,                 -- null where only the other zone has it
    what   TEXT    NOT NULL,
    at     INTEGER NOT NULL      -- when it was found first
) STRICT, WITHOUT ROWID;

-- Payloads taken in, so that a second one under the same number is known.
CREATE TABLE taken (
    first  INTEGER PRIMARY KEY,
    last   INTEGER NOT NULL,
    sha256 TEXT    NOT NULL
) STRICT;

-- Events that came in sealed and were against what their author may do here.
CREATE TABLE quarantine (
    id     TEXT    PRIMARY KEY,
    kind   TEXT    NOT NULL,
    reason TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    seen   INTEGER,              -- when an operator said that they have looked at it
    sha256 TEXT                  -- of the file it announced: its bytes come, and are not kept
) STRICT, WITHOUT ROWID;

-- What this zone, as a witness, last saw of each lane's audit log.
CREATE TABLE witness (
    lane TEXT    PRIMARY KEY,
    size INTEGER NOT NULL,
    root BLOB    NOT NULL,
    at   INTEGER NOT NULL,
    note BLOB                  -- the checkpoint itself, where it was seen
) STRICT, WITHOUT ROWID;
