package dev.weir.config;

import dev.weir.plan.CreditRules;
import dev.weir.plan.Plan;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads how accounts change and pay, and of the database that keeps them. */
final class AccountsReader {

  private static final Duration MAX_WAIT = Duration.ofHours(1);

  private static final Pattern STATUS = Pattern.compile("[1-5](?:xx|[0-9][0-9])");

  private AccountsReader() {}

  /** Returns how many credits a plan or key begins with; null where nothing is said. */
  static @Nullable Long initial(Value value) {
    return value.isPresent() ? value.number(0, Plan.MOST_CREDITS, 0) : null;
  }

  static CreditRules rules(Value value) {
    Section section = value.section(Members.CREDITS);
    boolean first =
        section.get("order").choice(Map.of("throughput", false, "credits", true), false);
    Set<Integer> refundOn = new LinkedHashSet<>();
    for (Value item : section.get("refund-on").items("[5xx]")) {
      Integer status = item.parsed(AccountsReader::status, "5xx");
      if (status != null && !refundOn.add(status)) {
        item.complain("%s is there twice; keep one".formatted(item.raw()));
      }
    }
    return new CreditRules(first, refundOn);
  }

  private static Integer status(String text) {
    if (!STATUS.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "must be a status such as 503, or a class of them such as 5xx, but is "
              + Value.quote(text));
    }
    return Integer.valueOf(text.endsWith("xx") ? text.substring(0, 1) : text);
  }

  static AccountRules accounts(Value value, boolean hasDatabase) {
    Section section = value.section(Members.ACCOUNTS);
    if (!value.isPresent()) {
      return AccountRules.NONE;
    }
    Value store = section.get("store");
    boolean inDatabase = store.choice(Map.of("cluster", false, "database", true), hasDatabase);
    return new AccountRules(true, inDatabase);
  }

  static DatabaseSettings database(Value value) {
    Section section = value.section(Members.DATABASE);
    Value url = section.get("url");
    if (value.isMapping()) {
      url.required();
    }
    String text = url.text();
    if (text != null && !text.startsWith("jdbc:")) {
      url.problem("must be a JDBC URL such as jdbc:postgresql://db.example.com/weir");
    }
    return new DatabaseSettings(
        text,
        section.get("user").text(),
        section.get("password").text(),
        section.get("wait").duration(MAX_WAIT, Duration.ZERO));
  }
}
