package dev.weir.containers.war;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Says which class loader's Weir the application sees. */
public final class OkServlet extends HttpServlet {

  private static final long serialVersionUID = 1;

  /** Creates a servlet; for the server. */
  public OkServlet() {}

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    boolean own = dev.weir.Weir.class.getClassLoader() == getClass().getClassLoader();
    response.setContentType("text/plain");
    response.getWriter().write(own ? "the application's own Weir" : "another Weir");
  }
}
