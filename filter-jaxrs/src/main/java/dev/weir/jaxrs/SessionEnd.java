package dev.weir.jaxrs;

import dev.weir.session.SessionUse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.WriterInterceptor;
import jakarta.ws.rs.ext.WriterInterceptorContext;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Tells a session how its request ended: when the headers of the response are known, so before the
 * client sees any of it; where the id of the session is in the body, when that is written. And that
 * it failed, if the body cannot be.
 */
final class SessionEnd implements WriterInterceptor {

  /** The property of a request, and the attribute of a servlet request, that holds its session. */
  static final String SESSION = "dev.weir.jaxrs.session";

  private static final String RESPONSE = "dev.weir.jaxrs.session.response";

  /** What is known of a response before its body is written. */
  private record Head(SessionUse session, int status, MultivaluedMap<String, String> headers) {

    boolean needsBody() {
      return session.needsBody(status);
    }

    void answered(byte @Nullable [] body) {
      session.answered(status, headers::getFirst, body, false);
    }
  }

  /** Tells the session of a request of its response, now or once that is written. */
  static void expect(ContainerRequestContext request, ContainerResponseContext response) {
    if (request.getProperty(SESSION) instanceof SessionUse session) {
      Head head = new Head(session, response.getStatus(), response.getStringHeaders());
      if (!head.needsBody() || !response.hasEntity()) {
        head.answered(null);
      }
      request.setProperty(RESPONSE, head);
    }
  }

  @Override
  public void aroundWriteTo(WriterInterceptorContext context) throws IOException {
    try {
      context.proceed();
    } catch (IOException | RuntimeException | Error fault) {
      if (context.getProperty(RESPONSE) instanceof Head head) {
        head.session.failed(false);
      }
      throw fault;
    }
  }

  /** Sees the body as it is written. */
  static final class Body implements WriterInterceptor {

    @Override
    public void aroundWriteTo(WriterInterceptorContext context) throws IOException {
      if (!(context.getProperty(RESPONSE) instanceof Head head)) {
        context.proceed();
        return;
      }
      OutputStream out = context.getOutputStream();
      TellingStream telling = new TellingStream(out, head);
      context.setOutputStream(telling);
      try {
        context.proceed();
      } finally {
        context.setOutputStream(out);
      }
      head.answered(telling.beginning.toByteArray());
    }
  }

  /** Tells a session of all that is written, and keeps the beginning in mind if that is needed. */
  private static final class TellingStream extends FilterOutputStream {

    private final Head head;
    private final ByteArrayOutputStream beginning = new ByteArrayOutputStream();

    TellingStream(OutputStream out, Head head) {
      super(out);
      this.head = head;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
      if (!head.needsBody()) {
        head.answered(null);
      } else if (beginning.size() < SessionUse.MAX_BODY) {
        beginning.write(b);
      }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      if (!head.needsBody()) {
        head.answered(null);
      } else {
        beginning.write(bytes, offset, Math.min(length, SessionUse.MAX_BODY - beginning.size()));
      }
    }
  }
}
