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

/** Keeps the beginning of the body in mind, where the id of a session is to be found in it. */
final class RecordingResponse extends RateLimitResponse {

  private final ByteArrayOutputStream beginning = new ByteArrayOutputStream();
  private @Nullable ServletOutputStream stream;
  private @Nullable PrintWriter writer;

  RecordingResponse(HttpServletResponse response, ServletRequest request, Answer first) {
    super(response, request, first);
  }

  @Override
  synchronized byte[] beginning() {
    return beginning.toByteArray();
  }

  private synchronized void record(byte[] bytes, int offset, int length) {
    beginning.write(bytes, offset, Math.min(length, SessionUse.MAX_BODY - beginning.size()));
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
      out.write(b);
      record(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      record(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
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
      out.write(text, offset, length);
      byte[] bytes = new String(text, offset, length).getBytes(StandardCharsets.UTF_8);
      record(bytes, 0, bytes.length);
    }

    @Override
    public void flush() {
      out.flush();
    }

    @Override
    public void close() {
      out.close();
    }
  }
}
