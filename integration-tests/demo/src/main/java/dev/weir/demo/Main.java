package dev.weir.demo;

/** Starts the demo. */
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    System.out.println("Weir demo");
  }
}
