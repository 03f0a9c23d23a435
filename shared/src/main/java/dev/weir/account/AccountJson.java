package dev.weir.account;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.weir.plan.Account;
import dev.weir.plan.Limit;
import dev.weir.plan.SessionRules;
import dev.weir.plan.SocketLimits;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Rows, and what replaces parts of a plan, as JSON. Limits stand there as in the configuration
 * file. Members that this version does not know are skipped: another node may run a newer one.
 */
final class AccountJson {

  private static final JsonFactory JSON = new JsonFactory();

  private static final String UNLIMITED = "unlimited";

  private AccountJson() {}

  @FunctionalInterface
  private interface Content {
    void write(JsonGenerator json) throws IOException;
  }

  @FunctionalInterface
  private interface Member {

    /** Reads the value that the parser is at the first token of. */
    void read(String name, JsonParser json) throws IOException;
  }

  /** Returns what the account replaces, without its plan and subject. */
  static String overrides(Account account) {
    return write(json -> writeOverrides(account, json));
  }

  /** Returns the account that has these overrides. */
  static Account account(String plan, @Nullable String subject, String overrides) {
    Overrides read = new Overrides();
    read(overrides, read::member);
    return read.of(plan, subject);
  }

  /**
   * Returns all of a row but its digest.
   *
   * @param write tells this text from that of any other attempt to store the like
   */
  static String row(Row row, String write) {
    return write(
        json -> {
          json.writeStartObject();
          json.writeNumberField("version", row.version());
          json.writeStringField("write", write);
          json.writeStringField("prefix", row.prefix());
          json.writeStringField("plan", row.account().plan());
          writeText(json, "subject", row.account().subject());
          json.writeBooleanField("enabled", row.enabled());
          json.writeBooleanField("deleted", row.deleted());
          writeText(json, "created", row.created());
          writeText(json, "expires", row.expires());
          json.writeFieldName("overrides");
          writeOverrides(row.account(), json);
          json.writeEndObject();
        });
  }

  static Row row(String digest, String text) {
    Stored read = new Stored();
    read(text, read::member);
    return read.of(digest);
  }

  private static void writeOverrides(Account account, JsonGenerator json) throws IOException {
    json.writeStartObject();
    writeLimits(json, "limits", account.limits());
    if (!account.groups().isEmpty()) {
      json.writeObjectFieldStart("groups");
      for (Map.Entry<String, List<Limit>> group : new TreeMap<>(account.groups()).entrySet()) {
        writeLimits(json, group.getKey(), group.getValue());
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
      writeLimits(json, "messages", account.sockets().messages());
      writeLimits(json, "bytes", account.sockets().bytes());
      json.writeEndObject();
    }
    if (account.credits() != null) {
      json.writeNumberField("credits", account.credits());
    }
    json.writeEndObject();
  }

  private static void writeLimits(JsonGenerator json, String name, @Nullable List<Limit> limits)
      throws IOException {
    if (limits != null) {
      json.writeArrayFieldStart(name);
      for (Limit limit : limits) {
        json.writeString(limit.toString());
      }
      json.writeEndArray();
    }
  }

  private static void writeText(JsonGenerator json, String name, @Nullable Object value)
      throws IOException {
    if (value != null) {
      json.writeStringField(name, value.toString());
    }
  }

  private static String write(Content content) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      content.write(json);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return text.toString();
  }

  private static void read(String text, Member member) {
    try (JsonParser json = JSON.createParser(text)) {
      json.nextToken();
      readMembers(json, member);
    } catch (IOException | IllegalArgumentException | DateTimeException malformed) {
      throw new IllegalStateException(
          "a stored account cannot be read: " + malformed.getMessage(), malformed);
    }
  }

  /** Reads an object; null is like one without members. */
  private static void readMembers(JsonParser json, Member member) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw new IllegalArgumentException("an object is missing");
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      if (json.nextToken() != JsonToken.VALUE_NULL) {
        member.read(name, json);
      }
    }
  }

  private static List<Limit> readLimits(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw new IllegalArgumentException("limits must be a list such as [\"100/minute\"]");
    }
    List<Limit> limits = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      limits.add(Limit.parse(json.getText()));
    }
    return limits;
  }

  private static final class Overrides {

    private final Map<String, List<Limit>> groups = new TreeMap<>();
    private @Nullable List<Limit> limits;
    private @Nullable Long sessions;
    private @Nullable List<Limit> messages;
    private @Nullable List<Limit> bytes;
    private @Nullable Long credits;

    void member(String name, JsonParser json) throws IOException {
      switch (name) {
        case "limits" -> limits = readLimits(json);
        case "groups" -> readMembers(json, (group, value) -> groups.put(group, readLimits(value)));
        case "sessions" ->
            sessions =
                json.getText().equals(UNLIMITED) ? SessionRules.UNLIMITED : json.getLongValue();
        case "websocket" -> readMembers(json, this::socket);
        case "credits" -> credits = json.getLongValue();
        default -> json.skipChildren();
      }
    }

    private void socket(String name, JsonParser json) throws IOException {
      switch (name) {
        case "messages" -> messages = readLimits(json);
        case "bytes" -> bytes = readLimits(json);
        default -> json.skipChildren();
      }
    }

    Account of(String plan, @Nullable String subject) {
      return new Account(
          plan, subject, limits, groups, sessions, new SocketLimits(messages, bytes), credits);
    }
  }

  private static final class Stored {

    private final Overrides overrides = new Overrides();
    private long version;
    private String prefix = "";
    private String plan = "";
    private @Nullable String subject;
    private boolean enabled;
    private boolean deleted;
    private @Nullable Instant created;
    private @Nullable Instant expires;

    void member(String name, JsonParser json) throws IOException {
      switch (name) {
        case "version" -> version = json.getLongValue();
        case "prefix" -> prefix = json.getText();
        case "plan" -> plan = json.getText();
        case "subject" -> subject = json.getText();
        case "enabled" -> enabled = json.getBooleanValue();
        case "deleted" -> deleted = json.getBooleanValue();
        case "created" -> created = Instant.parse(json.getText());
        case "expires" -> expires = Instant.parse(json.getText());
        case "overrides" -> readMembers(json, overrides::member);
        default -> json.skipChildren();
      }
    }

    Row of(String digest) {
      return new Row(
          digest, prefix, overrides.of(plan, subject), enabled, deleted, created, expires, version);
    }
  }
}
