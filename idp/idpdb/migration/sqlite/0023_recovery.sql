-- A forgotten password. E31, A27, I12

-- A recovery whose link was pressed: before that nothing is stored. Its identity may be that of an
-- applicant, who has none yet; withdraw ends the request in place of giving a password back.
CREATE TABLE recovery (
    id          TEXT PRIMARY KEY,
    identity    TEXT NOT NULL,
    aim         TEXT NOT NULL,         -- 'password', 'withdraw'
    state       TEXT NOT NULL,         -- 'open', 'done', 'failed', 'stopped', 'replaced', 'moved'
    uses        INTEGER NOT NULL,      -- links of it that were pressed
    begun_at    INTEGER NOT NULL,
    ready_at    INTEGER NOT NULL,      -- it waits until then: A27
    until       INTEGER NOT NULL,
    password_at INTEGER NOT NULL,      -- of the password that was forgotten
    code_at     INTEGER NOT NULL,      -- when the code of the telephone was right; 0: not yet
    answer_at   INTEGER NOT NULL,      -- when the answer was right; 0: not yet
    wrong       INTEGER NOT NULL       -- answers that were not
) STRICT;
CREATE UNIQUE INDEX recovery_of ON recovery (identity, aim) WHERE state = 'open';
CREATE INDEX recovery_by_end ON recovery (until);

-- Question and answer of an identity, where they are not those of its request; the answer is
-- hashed like a password.
CREATE TABLE security_answer (
    identity   TEXT PRIMARY KEY REFERENCES identity (id),
    question   TEXT NOT NULL,
    phc        TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- Addresses and numbers that an identity had until lately, so that they are told. Sealed.
CREATE TABLE former_contact (
    identity TEXT NOT NULL REFERENCES identity (id),
    field    TEXT NOT NULL CHECK (field IN ('email', 'phone')),
    ended_at INTEGER NOT NULL,
    sealed   TEXT NOT NULL,
    PRIMARY KEY (identity, field, ended_at)
) STRICT;
CREATE INDEX former_contact_by_end ON former_contact (ended_at);

-- Whose identity a request gives back to who has lost the answer or the telephone: '' for a
-- request of a new one. One at a time. I12
ALTER TABLE request ADD COLUMN regains TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX request_regaining ON request (regains) WHERE regains <> '' AND state NOT IN ('activated', 'rejected', 'expired', 'withdrawn');
