package dev.weir.servlet;

import dev.weir.Outcome;
import dev.weir.Weir;
import dev.weir.config.ConfigurationException;
import dev.weir.http.Answer;
import dev.weir.plan.Endpoint;
import dev.weir.session.SessionUse;
import dev.weir.socket.Sockets.Sender;
import dev.weir.socket.Upgrade;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletMapping;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a request through only while its API key has quota left, and says on every response how much
 * that is. Used by many threads.
 *
 * <p>Registers itself in front of the whole application (see {@link WeirInitializer}), unless the
 * application declares or registers this class or a subclass: in web.xml, with {@code @WebFilter}
 * on a subclass, or in code. The first filter in the chain that is reached judges the request; any
 * further dispatch or registration finds that done (contract R13).
 *
 * <p>Let it support asynchronous requests, since nothing behind it can without. Beside the
 * dispatcher type {@code REQUEST}, map it to {@code FORWARD} and {@code ASYNC} if a filter in front
 * of it dispatches requests, which get past it otherwise, and to {@code ERROR} if error pages reset
 * the response, which loses the headers otherwise.
 *
 * <p>{@link dev.weir.RateLimited} on the class of a servlet says which group it belongs to.
 */
public class RateLimitFilter implements Filter {

  /** The servlet context attribute under which an application may put a {@link Weir} of its own. */
  public static final String WEIR_ATTRIBUTE = "dev.weir.Weir";

  /**
   * The init-param of the filter that names the configuration, as in {@link
   * dev.weir.config.Configuration#load}.
   */
  public static final String CONFIG_PARAMETER = "config";

  /** The context parameter that does so for every filter without {@link #CONFIG_PARAMETER}. */
  public static final String CONFIG_CONTEXT_PARAMETER = "weir.config";

  private static final Logger log = LoggerFactory.getLogger(RateLimitFilter.class);

  private @Nullable Weir weir;

  /** Whether {@link #weir} was opened by this filter, and so is closed by it. */
  private boolean opened;

  /** By servlet name. */
  private Map<String, Endpoint> annotated = Map.of();

  /**
   * Creates a filter that uses the {@link Weir} it finds as {@value #WEIR_ATTRIBUTE} in the servlet
   * context when it is initialized; if there is none, the one that all adapters of the application
   * share, configured by the init-param {@value #CONFIG_PARAMETER}, or the context parameter
   * {@value #CONFIG_CONTEXT_PARAMETER}, or as {@link dev.weir.config.Configuration#load} says.
   */
  public RateLimitFilter() {}

  /**
   * Creates a filter over an instance of the application's own, which stays the application's to
   * close.
   *
   * @param weir what judges the requests
   */
  public RateLimitFilter(Weir weir) {
    this.weir = weir;
  }

  /**
   * {@inheritDoc}
   *
   * @throws ConfigurationException if the configuration is missing or not right, or an annotation
   *     of a servlet does not fit it; the application does not start then
   */
  @Override
  public void init(FilterConfig config) throws ServletException {
    ServletContext context = config.getServletContext();
    Weir used = weir == null ? find(config) : weir;
    weir = used;
    try {
      annotated = AnnotatedServlets.find(context, used);
    } catch (ConfigurationException wrong) {
      destroy();
      throw wrong;
    }
    logMappings(config.getFilterName(), context.getFilterRegistration(config.getFilterName()));
  }

  private Weir find(FilterConfig config) {
    Object attribute = config.getServletContext().getAttribute(WEIR_ATTRIBUTE);
    if (attribute instanceof Weir applications) {
      return applications;
    }
    if (attribute != null) {
      throw new ConfigurationException(
          List.of(
              "the servlet context attribute %s must be a %s, but is a %s%s"
                  .formatted(
                      WEIR_ATTRIBUTE,
                      Weir.class.getName(),
                      attribute.getClass().getName(),
                      attribute.getClass().getName().equals(Weir.class.getName())
                          ? " of another class loader"
                          : "")));
    }
    String location = config.getInitParameter(CONFIG_PARAMETER);
    if (location == null) {
      location = config.getServletContext().getInitParameter(CONFIG_CONTEXT_PARAMETER);
    }
    Weir shared = Weir.shared(location);
    opened = true;
    return shared;
  }

  private static void logMappings(String name, @Nullable FilterRegistration registration) {
    if (registration == null) {
      return;
    }
    if (!WeirInitializer.isMapped(registration)) {
      log.warn("Filter '{}' protects nothing, since it has no mapping", name);
      return;
    }
    log.info(
        "Filter '{}' protects paths {}, servlets {}",
        name,
        registration.getUrlPatternMappings(),
        registration.getServletNameMappings());
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (request instanceof HttpServletRequest http && response instanceof HttpServletResponse out) {
      filter(http, out, chain);
    } else {
      chain.doFilter(request, response);
    }
  }

  private void filter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    boolean error = request.getDispatcherType() == DispatcherType.ERROR;
    Answer answer = request.getAttribute(Answer.ATTRIBUTE) instanceof Answer given ? given : null;
    SessionUse session = null;
    if (answer == null && !error) {
      answer = judge(request);
      session = answer.session();
      request.setAttribute(Answer.ATTRIBUTE, answer);
    }
    if (answer == null) {
      chain.doFilter(request, response); // an error in front of this filter; nothing was asked for
    } else if (answer.proceeds() || error) {
      proceed(request, response, chain, answer, session);
    } else {
      refuse(request, response, answer);
    }
  }

  private Answer judge(HttpServletRequest request) {
    return Objects.requireNonNull(weir, "init has to come before doFilter")
        .judge(new ServletRequestView(request), annotated(request), null);
  }

  private @Nullable Endpoint annotated(HttpServletRequest request) {
    if (annotated.isEmpty()) {
      return null; // containers make the mapping when it is asked for
    }
    HttpServletMapping mapping = request.getHttpServletMapping();
    String servlet = mapping == null ? null : mapping.getServletName();
    return servlet == null ? null : annotated.get(servlet);
  }

  private void proceed(
      HttpServletRequest request,
      HttpServletResponse response,
      FilterChain chain,
      Answer answer,
      @Nullable SessionUse session)
      throws IOException, ServletException {
    boolean upgrades = false;
    try {
      if (RateLimitResponse.isBehind(response)) {
        chain.doFilter(request, response);
        return;
      }
      RateLimitResponse.setHeaders(response, answer);
      RateLimitResponse kept =
          session == null
              ? new RateLimitResponse(response, request, answer)
              : new SessionResponse(response, request, answer, session);
      upgrades = upgrades(request);
      if (upgrades) {
        Upgrade.serve(upgrade(request, answer));
      }
      chain.doFilter(
          Undertow.serves(request) ? request : new RateLimitRequest(request, kept), kept);
      if (session != null) {
        SessionEnd.of(session, request, (SessionResponse) kept);
      }
    } catch (IOException | ServletException | RuntimeException | Error fault) {
      if (session != null) {
        session.failed(false);
      }
      Undertow.keepHeaders(request);
      throw fault;
    } finally {
      if (upgrades) {
        Upgrade.serve(null);
      }
    }
  }

  /** Returns whether a request may open a WebSocket (RFC 6455 section 4.1, RFC 8441 section 4). */
  private static boolean upgrades(HttpServletRequest request) {
    return request.getHeader("Upgrade") != null || request.getMethod().equals("CONNECT");
  }

  /**
   * Returns what lets whoever answers the handshake know whose messages will come; null if nobody
   * can tell any more, so that no socket is open that nobody counts.
   */
  private @Nullable Upgrade upgrade(HttpServletRequest request, Answer answer) {
    Weir judge = Objects.requireNonNull(weir);
    if (answer.decision().outcome() == Outcome.EXEMPT) {
      return new Upgrade(judge.sockets(), null, answer.session());
    }
    Sender sender = judge.limiter().sender(new ServletRequestView(request));
    return sender == null ? null : new Upgrade(judge.sockets(), sender, answer.session());
  }

  private static void refuse(
      HttpServletRequest request, HttpServletResponse response, Answer answer) throws IOException {
    RateLimitResponse.setHeaders(response, answer);
    response.setStatus(answer.status());
    response.setContentType(answer.contentType());
    response.setContentLength(answer.contentLength());
    if (!request.getMethod().equals("HEAD")) {
      answer.writeBody(response.getOutputStream());
    }
  }

  /** Closes what this filter opened. */
  @Override
  public void destroy() {
    if (opened && weir != null) {
      weir.close();
      weir = null;
      opened = false;
    }
  }
}
