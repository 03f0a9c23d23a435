package dev.weir.quota;

import java.util.Arrays;

/** Appends numbers to bytes; small ones take one byte (LEB128). */
final class Encoder {

  private byte[] bytes = new byte[128];
  private int size;

  /** Appends a number, not negative, 7 bits a byte, the lowest first. */
  Encoder number(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("not negative, but is " + value);
    }
    long rest = value;
    while (rest >= 0x80) {
      octet((byte) (rest | 0x80));
      rest >>>= 7;
    }
    return octet((byte) rest);
  }

  /** Appends eight bytes, the highest first. */
  Encoder fixed(long value) {
    makeRoom(Long.BYTES);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >>> shift);
    }
    return this;
  }

  /** Appends one byte. */
  Encoder octet(byte value) {
    makeRoom(1);
    bytes[size++] = value;
    return this;
  }

  /** Appends a form within a form: its length, then its bytes. */
  Encoder form(byte[] form) {
    number(form.length).makeRoom(form.length);
    System.arraycopy(form, 0, bytes, size, form.length);
    size += form.length;
    return this;
  }

  private void makeRoom(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }
}
