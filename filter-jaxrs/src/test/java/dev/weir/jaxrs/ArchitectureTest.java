package dev.weir.jaxrs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.ext.Provider;

/** What is optional at run time stays in classes of its own, and rules stay in {@code shared}. */
@AnalyzeClasses(packages = "dev.weir.jaxrs", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule jersey_is_optional =
      noClasses()
          .that()
          .haveNameNotMatching("dev\\.weir\\.jaxrs\\.Jersey.*")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.glassfish..");

  @ArchTest
  static final ArchRule the_servlet_api_is_optional =
      noClasses()
          .that()
          .haveNameNotMatching("dev\\.weir\\.jaxrs\\.Servlet.*")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jakarta.servlet..");

  /** Servers that look for resources and providers take what they find for the application's. */
  @ArchTest
  static final ArchRule nothing_is_found_by_scanning =
      noClasses()
          .should()
          .beAnnotatedWith(Path.class)
          .orShould()
          .beAnnotatedWith(Provider.class)
          .orShould()
          .beAnnotatedWith(ApplicationPath.class);

  @ArchTest
  static final ArchRule counting_is_none_of_its_business =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.weir.quota..", "dev.weir.servlet..", "com.hazelcast..");
}
