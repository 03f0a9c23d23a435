package dev.weir.websocket;

import jakarta.websocket.CloseReason;
import jakarta.websocket.Extension;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import jakarta.websocket.WebSocketContainer;
import java.io.IOException;
import java.net.URI;
import java.security.Principal;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A session as the application sees it: the container's, but that the messages of its handlers come
 * by way of the budgets.
 */
final class LimitedSession implements Session {

  /** Under this the container's session knows the one around it. */
  private static final String PROPERTY = LimitedSession.class.getName();

  private final Session session;
  private final Inbound inbound;
  private final Outbound outbound;

  /** The container's handlers, by those of the application. Guarded by itself. */
  private final Map<MessageHandler, MessageHandler> handlers = new LinkedHashMap<>();

  LimitedSession(Session session, Outbound outbound, Inbound inbound) {
    this.session = session;
    this.outbound = outbound;
    this.inbound = inbound;
    session.getUserProperties().put(PROPERTY, this);
  }

  @Override
  public void addMessageHandler(MessageHandler handler) {
    Class<?> kind =
        handler instanceof MessageHandler.Partial
            ? MessageHandler.Partial.class
            : MessageHandler.Whole.class;
    Class<?> type = TypeArguments.of(handler.getClass(), kind);
    if (type == null) {
      throw new IllegalArgumentException(
          "what messages %s takes cannot be told; add it together with their class"
              .formatted(handler.getClass().getName()));
    }
    if (handler instanceof MessageHandler.Partial<?> partial) {
      addPartial(type, partial);
    } else {
      addWhole(type, (MessageHandler.Whole<?>) handler);
    }
  }

  @Override
  public <T> void addMessageHandler(Class<T> type, MessageHandler.Whole<T> handler) {
    addWhole(type, handler);
  }

  @Override
  public <T> void addMessageHandler(Class<T> type, MessageHandler.Partial<T> handler) {
    addPartial(type, handler);
  }

  @SuppressWarnings("unchecked") // what is added takes messages of that type
  private void addWhole(Class<?> type, MessageHandler.Whole<?> handler) {
    synchronized (handlers) {
      if (type == PongMessage.class) {
        MessageHandler.Whole<PongMessage> pongs =
            inbound.pongs((MessageHandler.Whole<PongMessage>) handler);
        session.addMessageHandler(PongMessage.class, pongs);
        handlers.put(handler, pongs);
        return;
      }
      MessageHandler.Whole<?> limited = inbound.whole(type, (MessageHandler.Whole<Object>) handler);
      if (inbound.isText(type)) {
        session.addMessageHandler(String.class, (MessageHandler.Whole<String>) limited);
      } else {
        session.addMessageHandler(byte[].class, (MessageHandler.Whole<byte[]>) limited);
      }
      handlers.put(handler, limited);
    }
  }

  @SuppressWarnings("unchecked")
  private void addPartial(Class<?> type, MessageHandler.Partial<?> handler) {
    synchronized (handlers) {
      MessageHandler.Partial<?> limited =
          inbound.partial(type, (MessageHandler.Partial<Object>) handler);
      if (type == String.class) {
        session.addMessageHandler(String.class, (MessageHandler.Partial<String>) limited);
      } else {
        session.addMessageHandler(byte[].class, (MessageHandler.Partial<byte[]>) limited);
      }
      handlers.put(handler, limited);
    }
  }

  @Override
  public Set<MessageHandler> getMessageHandlers() {
    synchronized (handlers) {
      return Set.copyOf(handlers.keySet());
    }
  }

  @Override
  public void removeMessageHandler(MessageHandler handler) {
    synchronized (handlers) {
      MessageHandler limited = handlers.remove(handler);
      session.removeMessageHandler(limited == null ? handler : limited);
    }
  }

  @Override
  public RemoteEndpoint.Async getAsyncRemote() {
    return outbound.async(session.getAsyncRemote());
  }

  @Override
  public RemoteEndpoint.Basic getBasicRemote() {
    return outbound.basic(session.getBasicRemote());
  }

  @Override
  public Set<Session> getOpenSessions() {
    Set<Session> sessions = new LinkedHashSet<>();
    for (Session other : session.getOpenSessions()) {
      sessions.add(
          other.getUserProperties().get(PROPERTY) instanceof Session known ? known : other);
    }
    return sessions;
  }

  @Override
  public WebSocketContainer getContainer() {
    return session.getContainer();
  }

  @Override
  public String getProtocolVersion() {
    return session.getProtocolVersion();
  }

  @Override
  public String getNegotiatedSubprotocol() {
    return session.getNegotiatedSubprotocol();
  }

  @Override
  public List<Extension> getNegotiatedExtensions() {
    return session.getNegotiatedExtensions();
  }

  @Override
  public boolean isSecure() {
    return session.isSecure();
  }

  @Override
  public boolean isOpen() {
    return session.isOpen();
  }

  @Override
  public long getMaxIdleTimeout() {
    return session.getMaxIdleTimeout();
  }

  @Override
  public void setMaxIdleTimeout(long milliseconds) {
    session.setMaxIdleTimeout(milliseconds);
  }

  @Override
  public void setMaxBinaryMessageBufferSize(int length) {
    session.setMaxBinaryMessageBufferSize(length);
  }

  @Override
  public int getMaxBinaryMessageBufferSize() {
    return session.getMaxBinaryMessageBufferSize();
  }

  @Override
  public void setMaxTextMessageBufferSize(int length) {
    session.setMaxTextMessageBufferSize(length);
  }

  @Override
  public int getMaxTextMessageBufferSize() {
    return session.getMaxTextMessageBufferSize();
  }

  @Override
  public String getId() {
    return session.getId();
  }

  @Override
  public void close() throws IOException {
    inbound.close();
    session.close();
  }

  @Override
  public void close(CloseReason reason) throws IOException {
    inbound.close();
    session.close(reason);
  }

  @Override
  public URI getRequestURI() {
    return session.getRequestURI();
  }

  @Override
  public Map<String, List<String>> getRequestParameterMap() {
    return session.getRequestParameterMap();
  }

  @Override
  public String getQueryString() {
    return session.getQueryString();
  }

  @Override
  public Map<String, String> getPathParameters() {
    return session.getPathParameters();
  }

  @Override
  public Map<String, Object> getUserProperties() {
    return session.getUserProperties();
  }

  @Override
  public @Nullable Principal getUserPrincipal() {
    return session.getUserPrincipal();
  }
}
