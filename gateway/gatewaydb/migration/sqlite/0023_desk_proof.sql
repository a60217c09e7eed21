-- How the caller was checked when a request was made, for the second person: "mail",
-- "sms", "paper", or "" where no check was needed.

ALTER TABLE desk_request ADD COLUMN proof TEXT NOT NULL DEFAULT '';
