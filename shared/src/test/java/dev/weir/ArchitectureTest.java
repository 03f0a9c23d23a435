package dev.weir;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * The arrows between packages: a request goes key, plan, quota, decision, http; imports go back.
 */
@AnalyzeClasses(packages = "dev.weir", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule keys_know_nothing_else = knowsOnly("dev.weir.key", "dev.weir.key");

  @ArchTest
  static final ArchRule plans_know_keys =
      knowsOnly("dev.weir.plan", "dev.weir.key", "dev.weir.plan");

  @ArchTest
  static final ArchRule quotas_know_plans_and_keys =
      knowsOnly("dev.weir.quota", "dev.weir.key", "dev.weir.plan", "dev.weir.quota");

  @ArchTest
  static final ArchRule sessions_know_quotas_plans_and_keys =
      knowsOnly(
          "dev.weir.session",
          "dev.weir.key",
          "dev.weir.plan",
          "dev.weir.quota",
          "dev.weir.session");

  @ArchTest
  static final ArchRule accounts_know_quotas_plans_and_keys =
      knowsOnly(
          "dev.weir.account",
          "dev.weir.key",
          "dev.weir.plan",
          "dev.weir.quota",
          "dev.weir.account");

  @ArchTest
  static final ArchRule http_knows_decisions_but_no_configuration =
      knowsOnly(
          "dev.weir.http",
          "dev.weir.key",
          "dev.weir.plan",
          "dev.weir.quota",
          "dev.weir.session",
          "dev.weir",
          "dev.weir.http");

  @ArchTest
  static final ArchRule no_web_framework =
      noClasses().should().dependOnClassesThat().resideInAnyPackage("jakarta..");

  @ArchTest
  static final ArchRule hazelcast_stays_in_the_stores =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.weir.quota", "dev.weir.account")
          .and()
          .areNotAssignableTo(Weir.Builder.class) // which passes an instance on
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.hazelcast..");

  private static ArchRule knowsOnly(String origin, String... known) {
    return noClasses()
        .that()
        .resideInAPackage(origin)
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("dev.weir..").and(resideInAnyPackage(known).negate()));
  }
}
