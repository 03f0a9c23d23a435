package dev.weir.session;

import dev.weir.plan.CreditRules;
import dev.weir.plan.JsonMember;
import dev.weir.plan.SessionAction;
import dev.weir.plan.SessionId;
import dev.weir.quota.Charge;
import dev.weir.quota.PartitionKey;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one request does to a session, and what becomes of the credits it has cost, from its
 * decision to the end of its response. Whoever answers the request calls {@link #answered} when it
 * is known what the response says, and again while more of it is sent; {@link #failed} if it comes
 * to no good end, also after the former; and {@link #abandoned} where it is over and perhaps nobody
 * has said so. On whatever thread. What was taken is given back once (design invariant I10); if
 * nobody calls, a slot is free after the grace time.
 *
 * <p>Who calls before the response is sent waits until what becomes of the slot is settled: the
 * next request of the client, on whatever node, finds it so. That is a second call to the cluster,
 * beside that of the decision, which cannot know the answer; together they wait no longer than a
 * request may (I4).
 */
public final class SessionUse {

  /** As much of a response as is looked at for the id of a session. */
  public static final int MAX_BODY = 65_536;

  private static final Logger log = LoggerFactory.getLogger(SessionUse.class);

  private static final int FIRST_REDIRECTION = 300;
  private static final int FIRST_ERROR = 400;
  private static final int NOT_FOUND = 404;
  private static final int GONE = 410;

  /** What a container answers where the application throws. */
  private static final int FAILURE = 500;

  /** Said once, since every request would say the same. */
  private static final AtomicBoolean MISSED = new AtomicBoolean();

  private final Sessions sessions;
  private final PartitionKey key;
  private final @Nullable SessionAction action;
  private final @Nullable String id;
  private final long token;
  private final long spentNanos;
  private final @Nullable Refund refund;

  private final Object lock = new Object();

  /** Whether it is known what the response says. Guarded by the lock, as is all that follows. */
  private boolean told;

  private boolean givenUp;

  /** The session that the application has created and named, so that nobody else knows of it. */
  private @Nullable String created;

  /** The session that is used for as long as the response is being sent, or null. */
  private @Nullable String used;

  private long usedMillis;

  /**
   * What a request has paid, and when it gets that back.
   *
   * @param charge what it has paid
   * @param rules after which answers it is given back
   */
  public record Refund(Charge charge, CreditRules rules) {

    private void answered(int status) {
      if (rules.refunds(status)) {
        charge.refund();
      }
    }
  }

  /**
   * Creates the use of a session.
   *
   * @param sessions what orders the slots
   * @param key whose session it is
   * @param action what the request does to it, or null for no session: then only a charge is
   *     followed
   * @param id the session, or null if only the response names it
   * @param token the reservation if {@code action} opens a session
   * @param spentNanos how long the request has waited for the cluster
   * @param refund what may have to be given back, or null
   */
  public SessionUse(
      Sessions sessions,
      PartitionKey key,
      @Nullable SessionAction action,
      @Nullable String id,
      long token,
      long spentNanos,
      @Nullable Refund refund) {
    this.sessions = sessions;
    this.key = key;
    this.action = action;
    this.id = id;
    this.token = token;
    this.spentNanos = spentNanos;
    this.refund = refund;
  }

  /**
   * {@return whether {@link #answered} needs the beginning of the body of such a response}
   *
   * @param status of the response
   */
  public boolean needsBody(int status) {
    return action != null
        && id == null
        && action.id().place() == SessionId.Place.JSON
        && status < FIRST_ERROR;
  }

  /**
   * Does what the application's answer says: a session that was created keeps its slot, one that
   * was not frees it. Later calls keep a session that is used, once in a while.
   *
   * @param status of the response
   * @param header the headers of the response, by name
   * @param body the first {@link #MAX_BODY} bytes of the body, or null if {@link #needsBody} says
   *     no
   * @param sent whether the response is sent already, so that nobody has to wait
   */
  public void answered(
      int status, Function<String, @Nullable String> header, byte @Nullable [] body, boolean sent) {
    boolean first;
    synchronized (lock) {
      first = !told;
      if (first) {
        told = true;
        usedMillis = sessions.millis();
      }
    }
    if (first) {
      tell(status, header, body, sent);
    } else {
      stillUsed();
    }
  }

  /** Keeps a session that is used still, once in a while. */
  public void stillUsed() {
    String session;
    synchronized (lock) {
      session = used;
      if (session == null || !sessions.isDue(usedMillis)) {
        return;
      }
      usedMillis = sessions.millis();
    }
    sessions.keep(key, session);
  }

  private void tell(
      int status, Function<String, @Nullable String> header, byte @Nullable [] body, boolean sent) {
    if (refund != null) {
      refund.answered(status);
    }
    if (action == null) {
      return;
    }
    switch (action.kind()) {
      case OPEN -> opened(action, status, header, body, sent);
      case USE -> {
        if (id != null && status != NOT_FOUND && status != GONE) {
          use(id);
          sessions.keep(key, id);
        }
      }
      case END -> {
        if (id != null && status < FIRST_REDIRECTION) {
          sessions.end(key, id, spent(sent));
        }
      }
    }
  }

  private void opened(
      SessionAction opening,
      int status,
      Function<String, @Nullable String> header,
      byte @Nullable [] body,
      boolean sent) {
    if (status >= FIRST_ERROR) {
      giveUp(sent);
      return;
    }
    String name = id == null ? name(opening.id(), header, body) : id;
    if (name == null) {
      if (MISSED.compareAndSet(false, true)) {
        log.warn(
            "A session was created, but its id was not where it was looked for ({} {}): it takes a"
                + " slot for the grace time, whatever happens to it. Told once",
            opening.id().place(),
            opening.id().name());
      }
      return;
    }
    synchronized (lock) {
      if (givenUp) {
        return; // meanwhile, on another thread
      }
      created = id == null ? name : null; // one that the client names may be older
      used = name;
    }
    sessions.bind(key, token, name, spent(sent));
  }

  private void use(String session) {
    synchronized (lock) {
      used = session;
    }
  }

  /**
   * Gives up what was taken: the application failed, or the client did not wait for its answer.
   *
   * @param sent as above
   */
  public void failed(boolean sent) {
    boolean answered;
    synchronized (lock) {
      answered = told;
      told = true;
      used = null;
    }
    if (refund != null && !answered) {
      refund.answered(FAILURE);
    }
    giveUp(sent);
  }

  /** Gives up what was taken if nothing is known of a response. */
  public void abandoned() {
    synchronized (lock) {
      if (told) {
        return;
      }
    }
    failed(true);
  }

  private void giveUp(boolean sent) {
    String ended;
    synchronized (lock) {
      if (givenUp || action == null || action.kind() != SessionAction.Kind.OPEN) {
        return;
      }
      givenUp = true;
      ended = created;
    }
    if (ended == null) {
      sessions.release(key, token, spent(sent)); // of no effect if it has become a session
    } else {
      sessions.end(key, ended, spent(sent));
    }
  }

  private long spent(boolean sent) {
    return sent ? Long.MAX_VALUE : spentNanos;
  }

  private @Nullable String name(
      SessionId place, Function<String, @Nullable String> header, byte @Nullable [] body) {
    String location = header.apply("Location");
    String name =
        switch (place.place()) {
          case LOCATION -> location == null ? null : sessions.idIn(location);
          case HEADER -> header.apply(place.name());
          case JSON -> body == null ? null : new JsonMember(place.name()).in(body);
          case PATH, QUERY -> null;
        };
    return name == null || name.isBlank() ? null : name.strip();
  }
}
