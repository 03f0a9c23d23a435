package dev.weir.jaxrs;

/** A request to the administration that is answered with an error. */
final class Refusal extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** The errors there are, with their statuses. */
  enum Code {
    BAD_REQUEST(400),
    UNAUTHORIZED(401),
    FORBIDDEN(403),
    NOT_FOUND(404),
    TOO_LARGE(413),
    UNSUPPORTED_MEDIA_TYPE(415),
    INTERNAL_ERROR(500),
    UNAVAILABLE(503);

    final int status;

    Code(int status) {
      this.status = status;
    }
  }

  final Code code;

  Refusal(Code code, String message) {
    super(message, null, false, false); // a flood of mistakes costs no stack traces
    this.code = code;
  }

  static Refusal badRequest(String message) {
    return new Refusal(Code.BAD_REQUEST, message);
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
