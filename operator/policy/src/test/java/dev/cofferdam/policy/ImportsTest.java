package dev.cofferdam.policy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** A decision depends on the policy and the run alone, so that it can be made again, anywhere, with the same outcome. */
class ImportsTest {
    private static final JavaClasses POLICY = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.cofferdam.policy");

    @Test
    void asksNoClientNoFileNoNetworkNoClock() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.fabric8.kubernetes.client..",
                        "java.io..",
                        "java.nio.file..",
                        "java.nio.channels..",
                        "java.net..",
                        "java.sql..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Clock.class, Instant.class, System.class, Thread.class)
                .allowEmptyShould(false)
                .check(POLICY);
    }

    @Test
    void knowsNoOtherPartOfCofferdam() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.cofferdam.controller..", "dev.cofferdam.gateway..")
                .check(POLICY);
    }
}
