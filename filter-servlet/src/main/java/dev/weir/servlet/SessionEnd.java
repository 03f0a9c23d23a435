package dev.weir.servlet;

import dev.weir.session.SessionUse;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletRequest;

/** Tells a session how its request ended, once the response is complete. */
final class SessionEnd implements AsyncListener {

  private final SessionUse session;
  private final SessionResponse response;

  private SessionEnd(SessionUse session, SessionResponse response) {
    this.session = session;
    this.response = response;
  }

  /** Tells it now, or when the asynchronous part of the request is over. */
  static void of(SessionUse session, ServletRequest request, SessionResponse response) {
    SessionEnd end = new SessionEnd(session, response);
    if (request.isAsyncStarted()) {
      try {
        request.getAsyncContext().addListener(end);
        return;
      } catch (IllegalStateException over) {
        // completed meanwhile, on another thread
      }
    }
    response.end(false); // of what is committed, the end is still to come
  }

  @Override
  public void onComplete(AsyncEvent event) {
    response.end(true);
  }

  /** What comes of it, the application or the container still decides. */
  @Override
  public void onTimeout(AsyncEvent event) {}

  @Override
  public void onError(AsyncEvent event) {
    session.failed(true);
  }

  /** After a dispatch only those hear of the rest who listen once more. */
  @Override
  public void onStartAsync(AsyncEvent event) {
    event.getAsyncContext().addListener(this);
  }
}
