package dev.weir.jaxrs;

import dev.weir.account.Accounts;
import dev.weir.credit.Credits;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Credits of which nobody uses any. */
final class InMemoryCredits implements Credits {

  private final Accounts accounts;
  private final Map<String, Long> granted = new HashMap<>();
  private final Map<String, Long> topUps = new HashMap<>();

  /** What every call fails with. */
  @Nullable RuntimeException fault;

  /** Creates credits of keys, which begin with what their accounts say. */
  InMemoryCredits(Accounts accounts) {
    this.accounts = accounts;
  }

  @Override
  public synchronized Balance topUp(String keyId, long amount, String idempotencyKey) {
    fail();
    Long before = topUps.putIfAbsent(keyId + " " + idempotencyKey, amount);
    if (before == null) {
      granted.merge(keyId, amount, Long::sum);
    } else if (before != amount) {
      throw new IllegalArgumentException(
          "top-up '%s' was of %d credits".formatted(idempotencyKey, before));
    }
    return balance(keyId);
  }

  @Override
  public synchronized Balance balance(String keyId) {
    fail();
    long total = granted.getOrDefault(keyId, 0L) + initial(keyId);
    return new Balance(total, 0);
  }

  private long initial(String keyId) {
    try {
      Long initial = accounts.get(keyId).account().credits();
      return initial == null ? 0 : initial;
    } catch (Accounts.UnknownKeyException none) {
      return 0;
    }
  }

  private void fail() {
    if (fault != null) {
      throw fault;
    }
  }
}
