package dev.weir.jaxrs;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.weir.account.Accounts;
import dev.weir.plan.Account;
import dev.weir.plan.Limit;
import dev.weir.plan.Policy;
import dev.weir.plan.SessionRules;
import dev.weir.plan.SocketLimits;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How keys and their accounts are written in JSON. */
final class KeyJson {

  private static final String UNLIMITED = "unlimited";

  private KeyJson() {}

  /** Returns the account that these members alone describe. */
  static Account account(JsonObject members) {
    return changed(Account.of(members.text("plan", "starter")), members);
  }

  /**
   * Returns an account with what these members say: one that is null puts the plan's own back, one
   * that is not there changes nothing, as in a JSON merge patch (RFC 7396).
   */
  static Account changed(Account account, JsonObject members) {
    String subject = account.subject();
    if (members.has("subject")) {
      subject = members.lacks("subject") ? null : members.text("subject", "customer-1");
    }
    List<Limit> limits = account.limits();
    if (members.has("limits")) {
      limits = limits(members, "limits", "100/minute");
    }
    Long sessions = account.sessions();
    if (members.has("sessions")) {
      sessions = members.lacks("sessions") ? null : (Long) sessions(members);
    }
    return new Account(
        members.has("plan") ? members.text("plan", "starter") : account.plan(),
        subject,
        limits,
        groups(account.groups(), members),
        sessions,
        sockets(account.sockets(), members),
        account.credits());
  }

  private static Map<String, List<Limit>> groups(
      Map<String, List<Limit>> before, JsonObject members) {
    if (!members.has("groups")) {
      return before;
    }
    if (members.lacks("groups")) {
      return Map.of();
    }
    JsonObject groups = members.object("groups", "{\"analysis\": [\"5/minute\"]}");
    Map<String, List<Limit>> merged = new HashMap<>(before);
    for (String name : groups.names()) {
      List<Limit> limits = limits(groups, name, "5/minute");
      if (limits == null) {
        merged.remove(name);
      } else {
        merged.put(name, limits);
      }
    }
    return merged;
  }

  private static SocketLimits sockets(SocketLimits before, JsonObject members) {
    if (!members.has("websocket")) {
      return before;
    }
    if (members.lacks("websocket")) {
      return SocketLimits.NONE;
    }
    JsonObject sockets =
        members
            .object("websocket", "{\"messages\": [\"500/second\"]}")
            .onlyWith("messages", "bytes");
    List<Limit> messages =
        sockets.has("messages") ? limits(sockets, "messages", "500/second") : before.messages();
    List<Limit> bytes =
        sockets.has("bytes") ? limits(sockets, "bytes", "65536/second") : before.bytes();
    try {
      return new SocketLimits(messages, bytes);
    } catch (IllegalArgumentException notCountable) {
      throw members.wrong("websocket", notCountable);
    }
  }

  private static long sessions(JsonObject members) {
    return members.isText("sessions", UNLIMITED)
        ? SessionRules.UNLIMITED
        : members.number("sessions", 0, SessionRules.MOST, " or \"unlimited\"");
  }

  private static @Nullable List<Limit> limits(JsonObject members, String name, String example) {
    if (members.lacks(name)) {
      return null;
    }
    if (members.isText(name, UNLIMITED)) {
      return List.of();
    }
    List<String> texts =
        members.texts(
            name,
            Policy.MAX_BUDGETS,
            "a list of 1 to %d limits, such as [\"%s\"], or \"unlimited\""
                .formatted(Policy.MAX_BUDGETS, example));
    try {
      return texts.stream().map(Limit::parse).toList();
    } catch (IllegalArgumentException malformed) {
      throw members.wrong(name, malformed);
    }
  }

  /** Writes the members of a key, without the braces around them. */
  static void write(Accounts.Key key, JsonGenerator json) throws IOException {
    Account account = key.account();
    json.writeStringField("id", key.id());
    json.writeStringField("prefix", key.prefix());
    json.writeStringField("plan", account.plan());
    if (account.subject() != null) {
      json.writeStringField("subject", account.subject());
    }
    write("limits", account.limits(), json);
    if (!account.groups().isEmpty()) {
      json.writeObjectFieldStart("groups");
      for (Map.Entry<String, List<Limit>> group : new TreeMap<>(account.groups()).entrySet()) {
        write(group.getKey(), group.getValue(), json);
      }
      json.writeEndObject();
    }
    Long sessions = account.sessions();
    if (sessions != null && sessions == SessionRules.UNLIMITED) {
      json.writeStringField("sessions", UNLIMITED);
    } else if (sessions != null) {
      json.writeNumberField("sessions", sessions);
    }
    if (!account.sockets().equals(SocketLimits.NONE)) {
      json.writeObjectFieldStart("websocket");
      write("messages", account.sockets().messages(), json);
      write("bytes", account.sockets().bytes(), json);
      json.writeEndObject();
    }
    json.writeBooleanField("enabled", key.enabled());
    if (key.created() != null) {
      json.writeStringField("created", key.created().toString());
    }
    if (key.expires() != null) {
      json.writeStringField("expires", key.expires().toString());
    }
  }

  private static void write(String name, @Nullable List<Limit> limits, JsonGenerator json)
      throws IOException {
    if (limits == null) {
      return;
    }
    if (limits.isEmpty()) {
      json.writeStringField(name, UNLIMITED);
      return;
    }
    json.writeArrayFieldStart(name);
    for (Limit limit : limits) {
      json.writeString(limit.toString());
    }
    json.writeEndArray();
  }
}
