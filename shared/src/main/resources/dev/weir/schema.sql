-- The keys that Weir administers, on H2 and PostgreSQL alike. A key itself is stored nowhere.
CREATE TABLE IF NOT EXISTS weir_keys (
  digest    VARCHAR(64)  NOT NULL PRIMARY KEY, -- SHA-256 of the key, in lower-case hexadecimal
  prefix    VARCHAR(16)  NOT NULL,             -- how the key begins, to be recognized by
  plan      VARCHAR(64)  NOT NULL,
  subject   VARCHAR(512),                      -- keys of one subject share a budget
  overrides TEXT         NOT NULL,             -- JSON: what replaces parts of the plan
  enabled   BOOLEAN      NOT NULL,
  deleted   BOOLEAN      NOT NULL,             -- hides a key of the configuration file
  created   TIMESTAMP WITH TIME ZONE,
  expires   TIMESTAMP WITH TIME ZONE,
  version   BIGINT       NOT NULL              -- counts the changes of this row
);
