/** Accounts that change while the application runs. */
@NullMarked
package dev.weir.account;

import org.jspecify.annotations.NullMarked;
