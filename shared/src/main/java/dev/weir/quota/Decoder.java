package dev.weir.quota;

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

  byte octet() {
    return bytes[position++];
  }
}
