package dev.weir.quota;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that moves when told to. */
public final class TestClock implements InstantSource {

  private final AtomicLong millis = new AtomicLong();

  /** Sets the time, epoch milliseconds. */
  public void set(long newMillis) {
    millis.set(newMillis);
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis.get());
  }
}
