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
 * be sent, so that a client that has its answer finds its slot taken or free, and again with what
 * follows. Where the id of the session is in the body, that has to be written first; its beginning
 * is kept in mind.
 */
final class SessionResponse extends RateLimitResponse {

  private static final int FIRST_ERROR = 400;

  /** Servers send what is larger than a part of their buffer at once; that part is Jetty's. */
  private static final int PARTS_OF_BUFFER = 4;

  private static final int MOST_BYTES_OF_A_CHAR = 3;

  private final ServletRequest request;
  private final SessionUse session;
  private final ByteArrayOutputStream beginning = new ByteArrayOutputStream();
  private @Nullable ServletOutputStream stream;
  private @Nullable PrintWriter writer;

  /** At most so many bytes are in the buffer. */
  private long written;

  /** Whether there is something of the response that the session was not told of. */
  private boolean untold = true;

  /** Whether a response may be complete with whatever is written, since its length is set. */
  private boolean lengthIsSet;

  SessionResponse(
      HttpServletResponse response, ServletRequest request, Answer first, SessionUse session) {
    super(response, request, first);
    this.request = request;
    this.session = session;
  }

  /** Tells the session what the response says, which is about to be sent. */
  private void tell(int status) {
    if (untold && !session.needsBody(status)) {
      untold = false;
      // waits for nothing where a thread of the server may be the one that writes
      session.answered(status, this::getHeader, null, request.isAsyncStarted());
    }
  }

  private void tell() {
    tell(getStatus());
  }

  /** Tells it if such a write may send something. */
  private void tellBefore(long bytes) {
    written += bytes;
    untold = true;
    if (lengthIsSet || written >= getBufferSize() / PARTS_OF_BUFFER) {
      tell();
    }
  }

  /**
   * Tells it at the end.
   *
   * @param sent whether the end is sent already
   */
  void end(boolean sent) {
    int status = getStatus();
    if (untold) {
      session.answered(status, this::getHeader, beginning(), sent);
    }
    if (status >= FIRST_ERROR) {
      session.failed(sent); // what was sent before may have said something else
    }
  }

  private synchronized byte[] beginning() {
    return beginning.toByteArray();
  }

  private synchronized void record(byte[] bytes, int offset, int length) {
    beginning.write(bytes, offset, Math.min(length, SessionUse.MAX_BODY - beginning.size()));
  }

  @Override
  public void setContentLength(int length) {
    lengthIsSet = true;
    super.setContentLength(length);
  }

  @Override
  public void setContentLengthLong(long length) {
    lengthIsSet = true;
    super.setContentLengthLong(length);
  }

  @Override
  public void setHeader(String name, @Nullable String value) {
    lengthIsSet |= "Content-Length".equalsIgnoreCase(name);
    super.setHeader(name, value);
  }

  @Override
  public void addHeader(String name, @Nullable String value) {
    lengthIsSet |= "Content-Length".equalsIgnoreCase(name);
    super.addHeader(name, value);
  }

  @Override
  public void setIntHeader(String name, int value) {
    lengthIsSet |= "Content-Length".equalsIgnoreCase(name);
    super.setIntHeader(name, value);
  }

  /** Undertow answers at once. */
  @Override
  public void sendError(int status) throws IOException {
    tell(status);
    super.sendError(status);
  }

  @Override
  public void sendError(int status, String message) throws IOException {
    tell(status);
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
    resetBody();
    lengthIsSet = false;
    stream = null; // which of the two is used may change then
    writer = null;
  }

  @Override
  public synchronized void resetBuffer() {
    super.resetBuffer();
    resetBody();
  }

  private void resetBody() {
    beginning.reset();
    written = 0;
  }

  @Override
  public ServletOutputStream getOutputStream() throws IOException {
    ServletOutputStream known = stream;
    if (known == null) {
      known = new TellingStream(super.getOutputStream());
      stream = known;
    }
    return known;
  }

  @Override
  public PrintWriter getWriter() throws IOException {
    PrintWriter known = writer;
    if (known == null) {
      known = new PrintWriter(new TellingWriter(super.getWriter()));
      writer = known;
    }
    return known;
  }

  private final class TellingStream extends ServletOutputStream {

    private final ServletOutputStream out;

    TellingStream(ServletOutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      tellBefore(1);
      out.write(b);
      if (session.needsBody(getStatus())) {
        record(new byte[] {(byte) b}, 0, 1);
      }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      tellBefore(length);
      out.write(bytes, offset, length);
      if (session.needsBody(getStatus())) {
        record(bytes, offset, length);
      }
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

  private final class TellingWriter extends Writer {

    private final PrintWriter out;

    TellingWriter(PrintWriter out) {
      this.out = out;
    }

    @Override
    public void write(char[] text, int offset, int length) {
      tellBefore((long) MOST_BYTES_OF_A_CHAR * length);
      out.write(text, offset, length);
      if (session.needsBody(getStatus())) {
        // in UTF-8, which JSON is read as, whatever the response is written in
        byte[] bytes = new String(text, offset, length).getBytes(StandardCharsets.UTF_8);
        record(bytes, 0, bytes.length);
      }
    }

    /** Lets {@link PrintWriter#checkError} of the writer around know what the one inside does. */
    @Override
    public void flush() throws IOException {
      tell();
      if (out.checkError()) {
        throw new IOException("the response cannot be written, the client may have gone");
      }
    }

    @Override
    public void close() {
      tell();
      out.close();
    }
  }
}
