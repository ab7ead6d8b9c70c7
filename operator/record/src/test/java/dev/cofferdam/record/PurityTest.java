package dev.cofferdam.record;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PurityTest {
    private static final JavaClasses RECORD = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.cofferdam.record");

    @Test
    void knowsTheApiAndJsonAndNothingThatReachesOutside() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.cofferdam.record",
                        "dev.cofferdam.api..",
                        "com.fasterxml.jackson..",
                        // Conditions of a status.
                        "io.fabric8.kubernetes.api.model",
                        "java.lang..",
                        "java.util..",
                        "java.time",
                        "java.nio..",
                        "java.security")
                .check(RECORD);
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.nio.file..", "java.nio.channels..", "java.util.concurrent..")
                .check(RECORD);
    }

    @Test
    void readsNoClockAndNoEnvironment() {
        noClasses().should().callMethod(Instant.class, "now").check(RECORD);
        noClasses().should().dependOnClassesThat().areAssignableTo(Clock.class).check(RECORD);
        noClasses().should().callMethod(System.class, "getenv", String.class).check(RECORD);
        noClasses().should().callMethod(System.class, "getenv").check(RECORD);
        noClasses().should().callMethod(System.class, "currentTimeMillis").check(RECORD);
        noClasses().should().callMethod(System.class, "nanoTime").check(RECORD);
    }
}
