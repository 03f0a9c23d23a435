package dev.weir.servlet;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Only the Servlet API, so that the filter runs on any container. */
@AnalyzeClasses(packages = "dev.weir.servlet", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule runs_on_any_container =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..", "jakarta.servlet..", "org.slf4j..", "org.jspecify..", "dev.weir..");

  @ArchTest
  static final ArchRule the_other_adapter_is_not_known =
      classes().should().onlyDependOnClassesThat().resideOutsideOfPackages("dev.weir.jaxrs..");
}
