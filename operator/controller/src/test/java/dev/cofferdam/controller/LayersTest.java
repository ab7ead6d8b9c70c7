package dev.cofferdam.controller;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import org.junit.jupiter.api.Test;

/** Which part may know which: pure functions in the middle, effects at the edge. */
class LayersTest {
    private static final String[] PURE = {
        "dev.cofferdam.controller.plan..",
        "dev.cofferdam.controller.observe..",
        "dev.cofferdam.controller.status..",
        "dev.cofferdam.controller.alert.."
    };
    private static final JavaClasses CONTROLLER = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.cofferdam.controller");

    @Test
    void planObserveAndStatusArePure() {
        check(noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.fabric8.kubernetes.client..",
                        "io.javaoperatorsdk..",
                        "io.quarkus..",
                        "io.micrometer..",
                        "org.jboss.logging..",
                        "java.io..",
                        "java.net..",
                        "java.nio.file..",
                        "dev.cofferdam.controller.reconcile..",
                        "dev.cofferdam.controller.boot.."));
    }

    @Test
    void onlyTheLoopAndTheWiringKnowTheClient() {
        check(noClasses()
                .that(resideInAPackage("dev.cofferdam.controller.."))
                .and()
                .resideOutsideOfPackages("dev.cofferdam.controller.reconcile..", "dev.cofferdam.controller.boot..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.fabric8.kubernetes.client..", "io.javaoperatorsdk..")));
    }

    @Test
    void onlyTheWiringAsksForTheTimeAndTheEnvironment() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage("dev.cofferdam.controller.boot..")
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(LocalDateTime.class, "now")
                .orShould()
                .callMethod(ZonedDateTime.class, "now")
                .orShould()
                .callMethod(Clock.class, "systemUTC")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "getenv")
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .orShould()
                .callMethod(System.class, "getProperty", String.class));
    }

    @Test
    void observingKnowsNothingOfStatusesAndPlanningNothingOfEither() {
        check(noClasses()
                .that()
                .resideInAPackage("dev.cofferdam.controller.observe..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.cofferdam.controller.status.."));
        check(noClasses()
                .that()
                .resideInAPackage("dev.cofferdam.controller.plan..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.cofferdam.controller.status..", "dev.cofferdam.controller.observe.."));
    }

    @Test
    void nothingReachesIntoTheWiring() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage("dev.cofferdam.controller.boot..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.cofferdam.controller.boot.."));
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(false).check(CONTROLLER);
    }
}
