package dev.weir.demo;

/** On the embedded database, which the servers of one machine share. */
class CreditsIT extends CreditsScenario {

  @Override
  String url() {
    return "jdbc:h2:file:%s;AUTO_SERVER=TRUE".formatted(directory.resolve("credits"));
  }
}
