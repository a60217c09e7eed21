-- When a signed contract that could not be judged is judged again. It holds for one
-- version of the request: another upload begins anew. A21
CREATE TABLE signature_retry (
    request TEXT PRIMARY KEY REFERENCES request (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    tries   INTEGER NOT NULL,
    next_at BIGINT NOT NULL
);
