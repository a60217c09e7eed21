-- Learners, what they accepted, courses and enrolments. Times are microseconds UTC; 0 means "not yet".

CREATE TABLE learner (
    id           TEXT    NOT NULL PRIMARY KEY,
    issuer       TEXT    NOT NULL,
    subject      TEXT    NOT NULL,            -- the gateway's name for the person, for this portal
    name         TEXT    NOT NULL,
    given_name   TEXT    NOT NULL,
    family_name  TEXT    NOT NULL,
    email        TEXT    NOT NULL,
    gender       TEXT    NOT NULL,
    birth_date   TEXT    NOT NULL,            -- YYYY-MM-DD
    birth_source TEXT    NOT NULL,            -- 'gateway' or '' when declared
    education    TEXT    NOT NULL,
    occupation   TEXT    NOT NULL,
    other_names  TEXT    NOT NULL,
    interests    TEXT    NOT NULL,
    city         TEXT    NOT NULL,
    completed_at BIGINT  NOT NULL,
    created_at   BIGINT  NOT NULL,
    entered_at   BIGINT  NOT NULL
);
CREATE UNIQUE INDEX learner_subject ON learner (issuer, subject);

CREATE TABLE acceptance (
    learner_id   TEXT    NOT NULL,
    document     TEXT    NOT NULL,            -- 'privacy' or 'terms'
    version      TEXT    NOT NULL,
    lang         TEXT    NOT NULL,
    at           BIGINT  NOT NULL,
    PRIMARY KEY (learner_id, document, version)
);

CREATE TABLE course (
    id           TEXT    NOT NULL PRIMARY KEY,
    starts       TEXT    NOT NULL,
    body         TEXT    NOT NULL             -- JSON of course.Course
);

CREATE TABLE enrolment (
    learner_id   TEXT    NOT NULL,
    course_id    TEXT    NOT NULL,
    enrolled_at  BIGINT  NOT NULL,
    ended_at     BIGINT  NOT NULL,            -- 0 while the person follows the course
    PRIMARY KEY (learner_id, course_id)
);
