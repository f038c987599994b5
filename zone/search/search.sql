-- The search index of a zone: made of its store alone, so it can be thrown away at any time.

-- How far the index is.  One row.
CREATE TABLE progress (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    tag      TEXT    NOT NULL,  -- of the store it was made of
    position INTEGER NOT NULL,  -- entry of its log up to which this follows
    below    TEXT    NOT NULL,  -- history with a lower id is not here yet; '' once all is
    loose    INTEGER NOT NULL   -- documents written since the last merge
) STRICT;

-- Rooms and authors by number: numbers make short terms.
CREATE TABLE number (
    n    INTEGER PRIMARY KEY,
    name TEXT    NOT NULL UNIQUE
) STRICT;

-- What can be found.  `n` grows with its time (zone/search/index.py), so the newest is the last.
CREATE TABLE document (
    n      INTEGER PRIMARY KEY,
    owner  TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    room   INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    terms  TEXT    NOT NULL,  -- those that are not of its text
    text   TEXT    NOT NULL   -- folded
) STRICT;

CREATE UNIQUE INDEX document_id ON document (owner, id);
CREATE INDEX document_age ON document (room, at);

-- Which document has which term.
CREATE VIRTUAL TABLE term USING fts5 (terms, content = '', detail = none, tokenize = 'unicode61');
