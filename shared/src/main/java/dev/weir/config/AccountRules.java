package dev.weir.config;

/**
 * Whether accounts may change while the application runs.
 *
 * @param live whether there is an administration of accounts
 * @param inDatabase whether what it makes is kept in the database, and not in the cluster's memory
 */
public record AccountRules(boolean live, boolean inDatabase) {

  /** The accounts are those of the file and of the application. */
  public static final AccountRules NONE = new AccountRules(false, false);
}
