package dev.weir.quota;

import static dev.weir.quota.QuotaStoreContract.policy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.plan.OnFailure;
import dev.weir.plan.Policy;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is counted when the sides of a cluster that was split come together. */
class UsageMergeTest {

  private static final long NOON = 1_711_454_400_000L;

  private static final Demand DEMAND = Demand.of(policy("1000/minute", "a:1000/hour"));
  private static final Demand OTHERS =
      Demand.of(policy("1000/minute token-bucket", "a:1000/hour sliding-log"));

  @Property(tries = 300)
  void what_was_counted_before_and_on_either_side_counts_once( // I1
      @ForAll @Size(max = 4) List<@IntRange(max = 40) Integer> before,
      @ForAll @Size(max = 4) List<@IntRange(max = 40) Integer> here,
      @ForAll @Size(max = 4) List<@IntRange(max = 40) Integer> there) {
    byte[] common = counted(null, 1, before, DEMAND);
    byte[] one = counted(common, 3, here, DEMAND);
    byte[] other = counted(common, 13, there, DEMAND);
    if (one == null || other == null) {
      return; // what only one side has, it keeps
    }

    byte[] merged = Usage.merge(one, other, NOON + 1_000);

    long all = sum(before) + sum(here) + sum(there);
    assertThat(used(merged, DEMAND)).containsExactly(all, all);
    assertThat(Usage.merge(other, one, NOON + 1_000)).isEqualTo(merged);
    assertThat(used(Usage.merge(one, merged, NOON + 1_000), DEMAND)).containsExactly(all, all);
  }

  @Property(tries = 300)
  void neither_side_is_ever_forgotten(
      @ForAll @Size(max = 4) List<@IntRange(max = 40) Integer> before,
      @ForAll @Size(max = 4) List<@IntRange(max = 40) Integer> here,
      @ForAll @Size(max = 4) List<@IntRange(max = 40) Integer> there,
      @ForAll @IntRange(max = 90_000) int later) {
    byte[] common = counted(null, 1, before, OTHERS);
    byte[] one = counted(common, 3, here, OTHERS);
    byte[] other = counted(common, 13, there, OTHERS);
    if (one == null || other == null) {
      return;
    }
    byte[] merged = Usage.merge(one, other, NOON + 1_000);

    long[] all = used(merged, OTHERS, NOON + 1_000 + later);
    long[] left = used(one, OTHERS, NOON + 1_000 + later);
    long[] right = used(other, OTHERS, NOON + 1_000 + later);
    for (int i = 0; i < all.length; i++) {
      assertThat(all[i]).isGreaterThanOrEqualTo(Math.max(left[i], right[i]));
    }
  }

  @Test
  void credits_that_both_sides_were_told_of_count_once() { // C5
    // two clusters on one database, which come together
    byte[] one = paid(told(null, 3, 600), 3, 10);
    byte[] other = paid(told(null, 13, 600), 13, 20);
    assertThat(usedCredits(Usage.merge(one, other, NOON))).isEqualTo(630);
    assertThat(usedCredits(Usage.merge(other, one, NOON))).isEqualTo(630);

    // one side lost the entry, and was told what the other had used by then
    byte[] older = paid(told(null, 3, 500), 3, 150);
    byte[] later = paid(told(null, 13, 600), 13, 40);
    assertThat(usedCredits(Usage.merge(older, later, NOON))).isEqualTo(690);
    assertThat(usedCredits(Usage.merge(later, older, NOON))).isEqualTo(690);

    // both have the entry of before
    byte[] common = paid(told(null, 1, 500), 1, 100);
    byte[] left = paid(common, 3, 7);
    byte[] right = paid(common, 13, 9);
    assertThat(usedCredits(Usage.merge(left, right, NOON))).isEqualTo(616);
  }

  private static byte[] told(byte @Nullable [] entry, int owner, long used) {
    Usage usage = Usage.decode(entry, owner);
    StepAnswer unused =
        usage.step(Step.of(CreditOrder.tell(new Balance(5_000, used, 1, used))), NOON);
    return usage.encode();
  }

  private static byte[] paid(byte[] entry, int owner, long price) {
    Usage usage = Usage.decode(entry, owner);
    Demand demand = Demand.of(new Policy(List.of(), 1, OnFailure.LOCAL, price, 0));
    assertThat(usage.step(Step.of(demand), NOON).granted()).containsExactly(1);
    return usage.encode();
  }

  private static long usedCredits(byte[] entry) {
    return Objects.requireNonNull(Usage.decode(entry, 99).credits().balance()).used();
  }

  @Test
  void an_entry_without_owners_is_read_and_merged_by_the_larger_count() {
    byte[] older = counted(null, 0, List.of(5), DEMAND);
    byte[] newer = counted(older, 0, List.of(4), DEMAND);

    assertThat(used(Usage.merge(older, newer, NOON), DEMAND)).containsExactly(9, 9);
    assertThat(used(counted(newer, 7, List.of(1), DEMAND), DEMAND)).containsExactly(10, 10);
  }

  @Test
  void a_node_that_knows_no_owners_reads_the_counters() {
    byte[] owned = counted(counted(null, 5, List.of(5), DEMAND), 6, List.of(4), DEMAND);
    byte[] plain = counted(counted(null, 0, List.of(5), DEMAND), 0, List.of(4), DEMAND);

    // what follows the counters and lessees is not looked at
    assertThat(Arrays.copyOf(owned, plain.length)).isEqualTo(plain);
    assertThat(owned.length - plain.length).isLessThan(40);
  }

  @Test
  void an_owner_alone_takes_few_bytes() {
    byte[] owned = counted(null, Usage.MAX_OWNER, List.of(5), DEMAND);

    assertThat(owned.length - counted(null, 0, List.of(5), DEMAND).length).isLessThanOrEqualTo(5);
  }

  @Test
  void a_node_that_was_on_both_sides_is_remembered_by_its_later_call() {
    Usage one = Usage.decode(null, 1);
    Step first = new Step(9, 1, 0, List.of(Step.Part.of(DEMAND)), new int[] {0}, new long[] {2});
    Step second = new Step(9, 2, 0, List.of(Step.Part.of(DEMAND)), new int[] {0}, new long[] {3});
    one.step(first, NOON);
    byte[] common = one.encode();
    Usage other = Usage.decode(common, 2);
    other.step(second, NOON);

    Usage merged = Usage.decode(Usage.merge(common, other.encode(), NOON), 1);

    assertThat(merged.step(second, NOON).granted()).containsExactly(3); // from memory
    assertThat(used(merged.encode(), DEMAND)).containsExactly(5, 5);
  }

  /** Counts on, by one owner after the other. */
  private static byte[] counted(byte[] stored, int owner, List<Integer> requests, Demand demand) {
    byte[] form = stored;
    for (int i = 0; i < requests.size(); i++) {
      int now = owner == 0 ? 0 : owner + i / 2;
      Usage usage = Usage.decode(form, now);
      long clock = Math.max(NOON + i, usage.time());
      usage.charge(demand, requests.get(i), clock);
      usage.moveTo(clock);
      form = usage.encode();
    }
    return form;
  }

  private static long sum(List<Integer> requests) {
    return requests.stream().mapToLong(Integer::longValue).sum();
  }

  private static long[] used(byte[] stored, Demand demand) {
    return used(stored, demand, NOON + 1_000);
  }

  private static long[] used(byte[] stored, Demand demand, long now) {
    long[] answer = Usage.decode(stored).peek(demand, now);
    return new long[] {1_000 - answer[2], 1_000 - answer[5]};
  }
}
