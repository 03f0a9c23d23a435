package dev.weir.quota;

import static dev.weir.quota.QuotaStoreContract.policy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.internal.serialization.Data;
import com.hazelcast.internal.serialization.SerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import com.hazelcast.map.ExtendedMapEntry;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What runs on members: the steps, and how they get there. */
class ProcessorsTest {

  private static final Demand DEMAND =
      Demand.of(policy(3, "10/minute", "a:60/hour token-bucket burst 90"));

  private final TestClock clock = new TestClock();
  private final Entry owner = new Entry();
  private final SerializationService serialization =
      new DefaultSerializationServiceBuilder().build();

  @Test
  void a_grant_gives_the_backups_the_state_it_led_to_and_how_long_to_keep_it() {
    StepProcessor consume = on(member(), consume());
    Entry backup = new Entry();
    backup.value = new byte[] {77}; // what a backup holds, or reads as the time, does not matter

    assertThat(granted(consume.process(owner), consume.step())).isOne();
    consume.getBackupProcessor().process(backup);

    assertThat(backup.value).isEqualTo(owner.value);
    assertThat(backup.ttlSeconds).isEqualTo(owner.ttlSeconds).isEqualTo(180 + 2);
  }

  @Test
  void a_refusal_writes_nothing_and_has_no_backup() {
    StepProcessor consume =
        on(member(), new StepProcessor(Step.of(Demand.of(policy(3, "2/minute")))));

    assertThat(granted(consume.process(owner), consume.step())).isZero();
    assertThat(owner.writes).isZero();
    assertThat(consume.getBackupProcessor()).isNull();
  }

  @Test
  void a_step_that_runs_again_remembers_nothing_of_the_run_before() {
    StepProcessor consume = on(member(), consume());
    consume.process(owner);
    consume.process(owner);
    consume.process(owner);
    byte[] used = owner.value;

    assertThat(granted(consume.process(owner), consume.step())).isZero();
    assertThat(consume.getBackupProcessor()).isNull();
    assertThat(owner.value).isSameAs(used);
  }

  @Test
  void a_peek_writes_nothing_and_has_no_backup() {
    PeekProcessor peek = on(member(), new PeekProcessor(Step.peek(DEMAND)));

    StepAnswer answer = StepAnswer.decode(peek.process(owner), Step.peek(DEMAND));
    assertThat(answer.counters()[0]).hasSize(2);
    assertThat(owner.writes).isZero();
    assertThat(peek.getBackupProcessor()).isNull();
  }

  @Test
  void a_clock_behind_the_entry_keeps_it_until_that_clock_has_caught_up() {
    clock.set(3_600_000);
    on(member(), consume()).process(owner);
    clock.set(3_598_000);
    on(member(), consume()).process(owner);

    assertThat(owner.ttlSeconds).isEqualTo(2 + 360 + 2);
  }

  @Test
  void a_clock_far_behind_the_entry_writes_it_anew_even_for_a_refusal() {
    clock.set(3_600_000);
    on(member(), consume()).process(owner);
    clock.set(0);
    Step step = Step.of(Demand.of(policy(8, "10/minute")));
    StepProcessor refused = on(member(), new StepProcessor(step));

    assertThat(granted(refused.process(owner), step)).isZero();
    assertThat(owner.writes).isEqualTo(2);
    assertThat(owner.ttlSeconds).isEqualTo(180 + 2);
    assertThat(refused.getBackupProcessor()).isNotNull();
  }

  @Test
  void life_is_rounded_up_and_never_longer_than_hazelcast_can_count() {
    assertThat(ttl(1)).isEqualTo(1 + 2);
    assertThat(ttl(1_000)).isEqualTo(1 + 2);
    assertThat(ttl(1_001)).isEqualTo(2 + 2);
    assertThat(ttl(Long.MAX_VALUE / 2)).isEqualTo(3_660L * 86_400);
  }

  private long ttl(long lifeMillis) {
    InstallProcessor.of(new byte[] {1}, lifeMillis).process(owner);
    return owner.ttlSeconds;
  }

  // --- the wire --------------------------------------------------------------------------------

  /** Members of two versions may be in one cluster: what is read here must stay readable. */
  @Test
  void the_form_of_a_demand_does_not_change() {
    assertThat(HexFormat.of().formatHex(DEMAND.encode())).isEqualTo(DEMAND_FORM);

    Demand read = Demand.decode(HexFormat.of().parseHex(DEMAND_FORM));
    assertThat(read).usingRecursiveComparison().isEqualTo(DEMAND);
  }

  private static final String DEMAND_FORM =
      "010302ac29665061c623ba000a0ae0d403fe55837127a09520023c5a80dddb01";

  @Test
  void what_a_later_version_adds_to_a_demand_is_passed_over() {
    byte[] longer = Arrays.copyOf(DEMAND.encode(), DEMAND.encode().length + 5);

    assertThat(Demand.decode(longer)).usingRecursiveComparison().isEqualTo(DEMAND);
  }

  @Test
  void a_demand_of_a_later_version_is_not_guessed_at() {
    assertThatThrownBy(() -> Demand.decode(new byte[] {3, 1, 0}))
        .hasMessage("a request to count has form 3, but this member knows form 2 only");
  }

  @Test
  void steps_reach_another_member_by_themselves_and_without_what_they_found_out_here() {
    for (QuotaProcessor step :
        new QuotaProcessor[] {consume(), new PeekProcessor(Step.peek(DEMAND))}) {
      Data before = serialization.toData(step);
      byte[] answer = on(member(), step).process(new Entry());
      Data after = serialization.toData(step);
      QuotaProcessor arrived = serialization.toObject(after);

      assertThat(after).isEqualTo(before);
      assertThat(arrived).hasSameClassAs(step);
      assertThat(arrived.step()).usingRecursiveComparison().isEqualTo(step.step());
      assertThat(on(member(), arrived).process(new Entry())).isEqualTo(answer);
    }
  }

  @Test
  void a_state_reaches_the_backup_by_itself() {
    InstallProcessor state = InstallProcessor.of(new byte[] {1, 2, 3}, 5_000);
    InstallProcessor arrived = serialization.toObject(serialization.toData(state));

    arrived.process(owner);

    assertThat(owner.value).containsExactly(1, 2, 3);
    assertThat(owner.ttlSeconds).isEqualTo(5 + 2);
  }

  @Test
  void a_malformed_step_is_a_serialization_error() {
    byte[] bytes = serialization.toData(consume()).toByteArray();
    Data cut = new com.hazelcast.internal.serialization.impl.HeapData(bytes);
    bytes[bytes.length - Step.of(DEMAND).encode().length] = 9; // the version

    assertThatThrownBy(() -> serialization.toObject(cut))
        .isInstanceOf(HazelcastSerializationException.class)
        .hasMessageContaining("a step has form 9");
  }

  private static StepProcessor consume() {
    return new StepProcessor(Step.of(DEMAND));
  }

  private static long granted(byte[] answer, Step step) {
    return StepAnswer.decode(answer, step).granted()[0];
  }

  private static <T extends QuotaProcessor> T on(HazelcastInstance member, T step) {
    step.setHazelcastInstance(member);
    return step;
  }

  /** A member with nothing but a user context and a name. */
  private HazelcastInstance member() {
    Map<String, Object> context = new ConcurrentHashMap<>(Map.of(QuotaProcessor.CLOCK, clock));
    Member self = answering(Member.class, Map.of("getUuid", new UUID(7, 7)));
    Cluster cluster = answering(Cluster.class, Map.of("getLocalMember", self));
    return answering(
        HazelcastInstance.class, Map.of("getUserContext", context, "getCluster", cluster));
  }

  private static <T> T answering(Class<T> type, Map<String, Object> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              assertThat(answers).containsKey(method.getName());
              return answers.get(method.getName());
            }));
  }

  private static final class Entry implements ExtendedMapEntry<byte[], byte[]> {

    private byte[] value;
    private long ttlSeconds;
    private int writes;

    @Override
    public byte[] setValue(byte[] newValue, long ttl, TimeUnit ttlUnit) {
      value = newValue;
      ttlSeconds = ttlUnit.toSeconds(ttl);
      writes++;
      return null;
    }

    @Override
    public byte[] setValueWithoutChangingExpiryTime(byte[] newValue) {
      throw new AssertionError("the time to live is set with every write");
    }

    @Override
    public byte[] setValue(byte[] newValue) {
      throw new AssertionError("the time to live is set with every write");
    }

    @Override
    public byte[] getKey() {
      return new byte[16];
    }

    @Override
    public byte[] getValue() {
      return value;
    }
  }
}
