package dev.weir.benchmarks.decisions;

import com.hazelcast.internal.serialization.DataSerializerHook;
import com.hazelcast.nio.serialization.DataSerializableFactory;

/** Lets every member read {@link CountProcessor}; Hazelcast finds it as a service. */
public final class CountSerializerHook implements DataSerializerHook {

  static final int FACTORY_ID = 4_203_000;
  static final int COUNT = 1;

  @Override
  public int getFactoryId() {
    return FACTORY_ID;
  }

  @Override
  public DataSerializableFactory createFactory() {
    return typeId -> typeId == COUNT ? new CountProcessor() : null;
  }
}
