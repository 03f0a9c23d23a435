package dev.weir.credit;

import dev.weir.quota.PartitionKey;
import dev.weir.quota.QuotaStore;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;

/** Credits by the ids of keys: kept in a ledger, and counted by a store. */
final class KeptCredits implements Credits {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  /** Keeps what an administration names apart from {@link CreditLedger#INITIAL}. */
  private static final String TOP_UP = "top-up:";

  private static final long MOST = dev.weir.quota.Balance.MOST;

  private final CreditLedger ledger;
  private final QuotaStore store;
  private final Function<String, PartitionKey> partitions;
  private final ToLongFunction<String> initial;

  KeptCredits(
      CreditLedger ledger,
      QuotaStore store,
      Function<String, PartitionKey> partitions,
      ToLongFunction<String> initial) {
    this.ledger = ledger;
    this.store = store;
    this.partitions = partitions;
    this.initial = initial;
  }

  @Override
  public Balance topUp(String keyId, long amount, String idempotencyKey) {
    if (amount < 1 || amount > MOST) {
      throw new IllegalArgumentException(
          "amount must be 1 to %d, but is %d".formatted(MOST, amount));
    }
    if (!NAME.matcher(idempotencyKey).matches()) {
      throw new IllegalArgumentException(
          "an idempotency key is 1 to 128 letters, digits, '.', '_', ':' or '-'");
    }
    PartitionKey key = partitions.apply(keyId);
    long first = initial.applyAsLong(keyId);
    if (first >= 0) {
      var unused = ledger.granted(key, CreditLedger.INITIAL, first);
    }
    return granted(key, TOP_UP + idempotencyKey, amount);
  }

  @Override
  public Balance balance(String keyId) {
    PartitionKey key = partitions.apply(keyId);
    long first = initial.applyAsLong(keyId);
    if (first < 0) {
      var kept = ledger.kept(key);
      return new Balance(kept.granted(), kept.used());
    }
    return granted(key, CreditLedger.INITIAL, first);
  }

  private Balance granted(PartitionKey key, String id, long amount) {
    var counted = ledger.grantAndTell(store, key, id, amount);
    return new Balance(counted.granted(), counted.used());
  }
}
