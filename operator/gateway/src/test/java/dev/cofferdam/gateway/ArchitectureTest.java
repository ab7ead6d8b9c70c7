package dev.cofferdam.gateway;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.cofferdam.gateway.channel.Claim;
import dev.cofferdam.gateway.channel.Contents;
import dev.cofferdam.gateway.channel.ContentsOwner;
import dev.cofferdam.gateway.channel.Egress;
import dev.cofferdam.gateway.channel.Jobs;
import dev.cofferdam.gateway.channel.KeptContents;
import dev.cofferdam.gateway.channel.Surroundings;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses GATEWAY = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.cofferdam.gateway");

    @Test
    void onlyBootWires() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..boot")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("..boot")
                .check(GATEWAY);
    }

    @Test
    void theChannelKnowsNothingOfTheCluster() {
        noClasses()
                .that()
                .resideInAnyPackage("..gateway.channel", "..gateway.audit")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..gateway.cluster", "io.fabric8.kubernetes.client..")
                .check(GATEWAY);
    }

    @Test
    void theChannelAndTheWayOutMeetOnlyThroughTheSession() {
        noClasses()
                .that()
                .resideInAnyPackage("..gateway.channel", "..gateway.audit", "..gateway.cluster")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("..gateway.egress..")
                .check(GATEWAY);
        noClasses()
                .that()
                .resideInAPackage("..gateway.egress..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("..gateway.cluster", "io.fabric8.kubernetes.client..")
                        .or(resideInAPackage("..gateway.channel")
                                .and(not(belongToAnyOf(Claim.class, Egress.class, Jobs.class, Surroundings.class)))))
                .check(GATEWAY);
    }

    @Test
    void whatKeepsContentsKnowsNothingOfRuns() {
        noClasses()
                .that()
                .resideInAPackage("..gateway.contents")
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "..gateway.cluster", "..gateway.egress", "io.fabric8.kubernetes.client..")
                        .or(resideInAPackage("..gateway.channel")
                                .and(not(belongToAnyOf(
                                        Contents.class,
                                        Contents.Committing.class,
                                        Contents.Committing.Of.class,
                                        Contents.Committing.Refused.class,
                                        Contents.Committing.Later.class,
                                        ContentsOwner.class,
                                        KeptContents.class)))))
                .check(GATEWAY);
    }

    @Test
    void httpIsReadWithoutKnowingWhatCarriesIt() {
        noClasses()
                .that()
                .resideInAPackage("..gateway.egress.http")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..gateway.egress", "..gateway.channel", "io.vertx..")
                .check(GATEWAY);
    }

    @Test
    void onlyBootReadsTheClockTheEnvironmentAndFiles() {
        var outside = noClasses().that().resideOutsideOfPackage("..boot");
        outside.should().callMethod(Instant.class, "now").check(GATEWAY);
        outside.should().callMethod(InstantSource.class, "system").check(GATEWAY);
        outside.should().dependOnClassesThat().areAssignableTo(Clock.class).check(GATEWAY);
        outside.should().callMethod(System.class, "currentTimeMillis").check(GATEWAY);
        outside.should().callMethod(System.class, "nanoTime").check(GATEWAY);
        outside.should().callMethod(System.class, "getenv", String.class).check(GATEWAY);
        noClasses()
                .that()
                .resideOutsideOfPackages("..boot", "..contents")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.nio.file..")
                .check(GATEWAY);
        outside.should()
                .dependOnClassesThat()
                .resideInAPackage("org.eclipse.microprofile.config..")
                .check(GATEWAY);
    }
}
