package dev.weir.servlet;

import dev.weir.http.Answer;
import dev.weir.session.SessionUse;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The response to a request that has to do with a session: tells the session before any of it can
 * be sent, which it may be with the first byte that is written, so that a client that has its
 * answer finds its slot taken or free. Where the id of the session is in the body, that has to be
 * written first; its beginning is kept in mind.
 */
final class SessionResponse extends RateLimitResponse {

  private static final int FIRST_ERROR = 400;

  private final ServletRequest request;
  private final SessionUse session;
  private final ByteArrayOutputStream beginning = new ByteArrayOutputStream();
  private @Nullable ServletOutputStream stream;
  private @Nullable PrintWriter writer;

  SessionResponse(
      HttpServletResponse response, ServletRequest request, Answer first, SessionUse session) {
    super(response, request, first);
    this.request = request;
    this.session = session;
  }

  /** Tells the session what the response says, if it says that already. */
  private void tell() {
    tellBefore(getStatus());
  }

  /** Waits for nothing where a thread of the server may be the one that writes. */
  private void tellBefore(int status) {
    if (!session.needsBody() || status >= FIRST_ERROR) {
      session.answered(status, this::getHeader, null, request.isAsyncStarted());
    }
  }

  /**
   * Tells it at the end, when the response may say something else than at its beginning.
   *
   * @param sent whether the end is sent already
   */
  void tell(boolean sent) {
    int status = getStatus();
    session.answered(status, this::getHeader, beginning(), sent);
    if (status >= FIRST_ERROR) {
      session.failed(sent);
    }
  }

  private synchronized byte[] beginning() {
    return beginning.toByteArray();
  }

  private synchronized void record(byte[] bytes, int offset, int length) {
    if (!session.needsBody()) {
      return;
    }
    beginning.write(bytes, offset, Math.min(length, SessionUse.MAX_BODY - beginning.size()));
  }

  /** Undertow answers at once. */
  @Override
  public void sendError(int status) throws IOException {
    tellBefore(status);
    super.sendError(status);
  }

  @Override
  public void sendError(int status, String message) throws IOException {
    tellBefore(status);
    super.sendError(status, message);
  }

  @Override
  public void flushBuffer() throws IOException {
    tell();
    super.flushBuffer();
  }

  @Override
  public synchronized void reset() {
    super.reset();
    beginning.reset();
    stream = null; // which of the two is used may change then
    writer = null;
  }

  @Override
  public synchronized void resetBuffer() {
    super.resetBuffer();
    beginning.reset();
  }

  @Override
  public ServletOutputStream getOutputStream() throws IOException {
    ServletOutputStream known = stream;
    if (known == null) {
      known = new Recorder(super.getOutputStream());
      stream = known;
    }
    return known;
  }

  @Override
  public PrintWriter getWriter() throws IOException {
    PrintWriter known = writer;
    if (known == null) {
      known = new PrintWriter(new RecordingWriter(super.getWriter()));
      writer = known;
    }
    return known;
  }

  private final class Recorder extends ServletOutputStream {

    private final ServletOutputStream out;

    Recorder(ServletOutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      tell();
      out.write(b);
      record(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      tell();
      out.write(bytes, offset, length);
      record(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
      tell();
      out.flush();
    }

    @Override
    public void close() throws IOException {
      tell();
      out.close();
    }

    @Override
    public boolean isReady() {
      return out.isReady();
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      out.setWriteListener(listener);
    }
  }

  /** Records in UTF-8, which JSON is read as, whatever the response is written in. */
  private final class RecordingWriter extends Writer {

    private final PrintWriter out;

    RecordingWriter(PrintWriter out) {
      this.out = out;
    }

    @Override
    public void write(char[] text, int offset, int length) {
      tell();
      out.write(text, offset, length);
      if (session.needsBody()) {
        byte[] bytes = new String(text, offset, length).getBytes(StandardCharsets.UTF_8);
        record(bytes, 0, bytes.length);
      }
    }

    @Override
    public void flush() {
      tell();
      out.flush();
    }

    @Override
    public void close() {
      tell();
      out.close();
    }
  }
}
