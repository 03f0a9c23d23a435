package dev.weir.quota;

import com.hazelcast.internal.serialization.DataSerializerHook;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.serialization.DataSerializableFactory;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import java.io.IOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tells a Hazelcast member or client how to read Weir's steps. Hazelcast finds it by itself through
 * {@code META-INF/services} in any jar on the class path: that of {@code weir-shared} is all a
 * member needs, with no line of configuration.
 *
 * <p>Class ids are never reused. Each class writes the version of its form first.
 */
final class QuotaSerializerHook implements DataSerializerHook {

  /** Identifies Weir's classes among those of all libraries in a cluster: "WEIR" in ASCII. */
  static final int FACTORY_ID = 0x57454952;

  static final int STEP = 1;
  static final int PEEK = 2;
  static final int INSTALL = 3;
  static final int MERGE = 4;
  static final int BALANCE = 5;

  /** Creates a hook; Hazelcast does. */
  QuotaSerializerHook() {}

  @Override
  public int getFactoryId() {
    return FACTORY_ID;
  }

  @Override
  public DataSerializableFactory createFactory() {
    return new Factory();
  }

  /** Reads one form, however malformed, to a value or an {@link IOException}. */
  static <T> T read(ObjectDataInput in, Function<byte[], T> decode) throws IOException {
    byte @Nullable [] form = in.readByteArray();
    if (form == null) {
      throw new IOException("a form is missing");
    }
    try {
      return decode.apply(form);
    } catch (RuntimeException malformed) {
      throw new IOException(malformed.getMessage(), malformed);
    }
  }

  private static final class Factory implements DataSerializableFactory {

    @Override
    public IdentifiedDataSerializable create(int classId) {
      return switch (classId) {
        case STEP -> new StepProcessor(null);
        case PEEK -> new PeekProcessor(null);
        case INSTALL -> new InstallProcessor();
        case MERGE -> new UsageMergePolicy();
        case BALANCE -> new BalanceProcessor();
        default ->
            throw new HazelcastSerializationException(
                "Weir has no class %d: the caller's weir-shared is newer than this member's"
                    .formatted(classId));
      };
    }

    /**
     * With the jar in the server's and in the application's class path, Hazelcast finds two
     * factories, and refuses to start if they differ.
     */
    @Override
    public boolean equals(@Nullable Object other) {
      return other != null && other.getClass().getName().equals(getClass().getName());
    }

    @Override
    public int hashCode() {
      return FACTORY_ID;
    }
  }
}
