package dev.weir.quota;

import java.util.Arrays;

/** Reads what {@link Encoder} wrote. */
final class Decoder {

  private final byte[] bytes;
  private int position;

  Decoder(byte[] bytes) {
    this.bytes = bytes;
  }

  long number() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = octet();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalStateException("malformed usage entry: a number is longer than 64 bits");
  }

  long fixed() {
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value = (value << 8) | (octet() & 0xFF);
    }
    return value;
  }

  byte[] form() {
    int size = count();
    byte[] form = Arrays.copyOfRange(bytes, position, position + size);
    position += size;
    return form;
  }

  /** Reads how many elements follow, of at least a byte each. */
  int count() {
    long count = number();
    if (count < 0 || count > bytes.length - position) {
      throw new IllegalStateException("malformed: %d elements in what is left".formatted(count));
    }
    return (int) count;
  }

  boolean hasMore() {
    return position < bytes.length;
  }

  byte octet() {
    return bytes[position++];
  }
}
