package dev.weir.credit;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;

/**
 * Checks on the command line that the credits in a database add up: {@code java -cp ...
 * dev.weir.credit.CheckCredits jdbc:... [user [password]]}. Ends with 0 if they do, with 1 and a
 * line for each account of which they do not, with 2 if it cannot be told.
 */
public final class CheckCredits {

  private CheckCredits() {}

  /**
   * Runs the check.
   *
   * @param arguments a JDBC URL, and user and password where needed
   */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  private static int run(String[] arguments) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    if (arguments.length < 1 || arguments.length > 3) {
      out.println("usage: dev.weir.credit.CheckCredits jdbc:... [user [password]]");
      return 2;
    }
    try (Connection connection =
        DriverManager.getConnection(
            arguments[0],
            arguments.length > 1 ? arguments[1] : null,
            arguments.length > 2 ? arguments[2] : null)) {
      List<String> problems = CreditLedger.check(connection);
      problems.forEach(out::println);
      if (problems.isEmpty()) {
        out.println("all accounts add up: granted = used + remaining");
      }
      return problems.isEmpty() ? 0 : 1;
    } catch (SQLException fault) {
      out.println("the database cannot be read: " + fault.getMessage());
      return 2;
    }
  }
}
