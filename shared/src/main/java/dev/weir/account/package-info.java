/**
 * Accounts that change while the application runs.
 *
 * <p>Start at {@link LiveAccounts}. A change goes to the {@link AccountStore} first, then to every
 * node through {@link Changes}; requests are answered from what a node remembers.
 */
@NullMarked
package dev.weir.account;

import org.jspecify.annotations.NullMarked;
