package dev.weir.demo;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the demo serves for each profile. */
public enum Api {
  KALLGLOT("kallglot", KallglotResource.class, "/v1/recordings/rec_1", "POST", "/v1/sessions"),
  KALLGLOT_CREDITS(
      "kallglot-credits", KallglotResource.class, "/v1/recordings/rec_1", "POST", "/v1/sessions"),
  TALKPILOT("talkpilot", TalkpilotResource.class, "/agents/agent_1", "PUT", "/forwarding-slots"),
  BOLTCALL("boltcall", BoltcallResource.class, "/v1/agents", "GET", "/v1/leads"),
  BURST_SUSTAINED(
      "burst-sustained", MeetingsResource.class, "/v1/meetings", "GET", "/v1/transcripts/1"),
  PROBLEM_JSON("problem-json", OrdersResource.class, "/v1/orders", "GET", "/v1/reports/1"),
  DEFAULT("default", OrdersResource.class, "/v1/orders", "GET", "/v1/reports/1");

  private final String profile;
  private final Class<?> resource;
  private final String path;
  private final String otherMethod;
  private final String otherPath;

  Api(String profile, Class<?> resource, String path, String otherMethod, String otherPath) {
    this.profile = profile;
    this.resource = resource;
    this.path = path;
    this.otherMethod = otherMethod;
    this.otherPath = otherPath;
  }

  /** Returns the names of the profiles there are. */
  static List<String> profiles() {
    return Arrays.stream(values()).map(api -> api.profile).toList();
  }

  /** Returns what is served for a profile, or null if there is no such profile. */
  public static @Nullable Api of(String profile) {
    return Arrays.stream(values())
        .filter(api -> api.profile.equals(profile))
        .findAny()
        .orElse(null);
  }

  /** Returns the JAX-RS resource class with all endpoints. */
  public Class<?> resource() {
    return resource;
  }

  /** Returns whether there is a WebSocket too. */
  boolean streams() {
    return resource == KallglotResource.class;
  }

  /**
   * Returns three commands to try, the last of which runs into the limit.
   *
   * @param uri the server
   * @param credentials the header with a key
   * @param requests how many requests it takes
   */
  List<String> commands(String uri, String credentials, long requests) {
    String body = otherMethod.equals("GET") ? "" : "-X " + otherMethod + " -d '{}' ";
    return List.of(
        "curl -i -H '%s' %s%s".formatted(credentials, uri, path),
        "curl -i -H '%s' %s%s%s".formatted(credentials, body, uri, otherPath),
        "curl -s -o /dev/null -w '%%{http_code} ' -H '%s' '%s%s?n=[1-%d]'"
            .formatted(credentials, uri, path, requests));
  }
}
