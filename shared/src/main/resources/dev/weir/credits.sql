-- What accounts were granted: a row each time. `account` is a digest of the key or subject.
CREATE TABLE IF NOT EXISTS weir_credit_grants (
  account VARCHAR(32) NOT NULL,
  id VARCHAR(160) NOT NULL,
  amount BIGINT NOT NULL,
  granted_at TIMESTAMP NOT NULL,
  PRIMARY KEY (account, id)
);
-- How accounts stand, written behind: granted is the sum of the rows above, remaining is granted - used.
CREATE TABLE IF NOT EXISTS weir_credits (
  account VARCHAR(32) NOT NULL PRIMARY KEY,
  granted BIGINT NOT NULL,
  used BIGINT NOT NULL,
  grants BIGINT NOT NULL,
  revision BIGINT NOT NULL
);
-- Tells this database from others, so that the nodes of a cluster do not keep credits in several.
CREATE TABLE IF NOT EXISTS weir_database (
  one INT NOT NULL PRIMARY KEY,
  id VARCHAR(36) NOT NULL
);
