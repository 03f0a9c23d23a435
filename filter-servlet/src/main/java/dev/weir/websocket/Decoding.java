package dev.weir.websocket;

import jakarta.websocket.DecodeException;
import jakarta.websocket.Decoder;
import jakarta.websocket.EndpointConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.lang.reflect.Constructor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The decoders of one socket, made when they are first needed. */
final class Decoding {

  private final EndpointConfig config;
  private final List<Decoder> made = new ArrayList<>();

  Decoding(EndpointConfig config) {
    this.config = config;
  }

  /** Makes an object of a message, by the first decoder that is willing. */
  @FunctionalInterface
  interface Reading {
    @Nullable Object read(Object message) throws DecodeException, IOException;
  }

  /** Returns what makes objects of a type of text messages, or null if no decoder does. */
  @Nullable Reading ofText(Class<?> type) {
    List<Decoder> decoders = decoders(type, Decoder.Text.class, Decoder.TextStream.class);
    return decoders.isEmpty()
        ? null
        : message -> {
          String text = (String) message;
          for (Decoder decoder : decoders) {
            if (decoder instanceof Decoder.TextStream<?> stream) {
              return stream.decode(new StringReader(text));
            }
            Decoder.Text<?> whole = (Decoder.Text<?>) decoder;
            if (whole.willDecode(text)) {
              return whole.decode(text);
            }
          }
          throw new DecodeException(text, "no decoder is willing to decode this message");
        };
  }

  /** Returns what makes objects of a type of binary messages, or null if no decoder does. */
  @Nullable Reading ofBinary(Class<?> type) {
    List<Decoder> decoders = decoders(type, Decoder.Binary.class, Decoder.BinaryStream.class);
    return decoders.isEmpty()
        ? null
        : message -> {
          byte[] bytes = (byte[]) message;
          for (Decoder decoder : decoders) {
            if (decoder instanceof Decoder.BinaryStream<?> stream) {
              return stream.decode(new ByteArrayInputStream(bytes));
            }
            Decoder.Binary<?> whole = (Decoder.Binary<?>) decoder;
            if (whole.willDecode(ByteBuffer.wrap(bytes))) {
              return whole.decode(ByteBuffer.wrap(bytes));
            }
          }
          throw new DecodeException(
              ByteBuffer.wrap(bytes), "no decoder is willing to decode this message");
        };
  }

  private List<Decoder> decoders(Class<?> wanted, Class<?> whole, Class<?> stream) {
    List<Decoder> found = new ArrayList<>();
    for (Class<? extends Decoder> type : config.getDecoders()) {
      for (Class<?> kind : List.of(whole, stream)) {
        Class<?> decoded = kind.isAssignableFrom(type) ? TypeArguments.of(type, kind) : null;
        if (decoded != null && wanted.isAssignableFrom(decoded)) {
          found.add(decoder(type));
        }
      }
    }
    return found;
  }

  private Decoder decoder(Class<? extends Decoder> type) {
    for (Decoder decoder : made) {
      if (decoder.getClass() == type) {
        return decoder;
      }
    }
    try {
      Constructor<? extends Decoder> constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      Decoder decoder = constructor.newInstance();
      decoder.init(config);
      made.add(decoder);
      return decoder;
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(
          "decoder %s cannot be made: it needs a constructor without parameters"
              .formatted(type.getName()),
          e);
    }
  }

  void destroy() {
    made.forEach(Decoder::destroy);
  }
}
