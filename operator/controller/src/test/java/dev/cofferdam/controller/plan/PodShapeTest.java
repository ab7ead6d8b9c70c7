package dev.cofferdam.controller.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.controller.Golden;
import dev.cofferdam.record.Names;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodFluent;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A pod that somebody else made under the name of a run's next pod, owner reference and all, is not taken for it. */
class PodShapeTest {
    private static final Path CASES = Path.of("src/test/resources/plan");

    @Test
    void whatTheApiServerAddsDoesNotMatter() throws IOException {
        // Given what the API server, its admission, the scheduler and the kubelet make of the planned pod
        Pod stored = edit(spec -> spec.withNodeName("node1")
                .withSchedulerName("default-scheduler")
                .withPriority(0)
                .withPreemptionPolicy("PreemptLowerPriority")
                .withServiceAccount("default")
                .withHostNetwork(null)
                .withHostPID(null)
                .withHostIPC(null)
                .withInitContainers()
                .addToOverhead("cpu", new Quantity("20m"))
                .addToNodeSelector("runtime", "gvisor")
                .addNewToleration()
                .withKey("node.kubernetes.io/not-ready")
                .withOperator("Exists")
                .endToleration()
                .editContainer(0)
                .withTerminationMessagePath("/dev/termination-log")
                .withTerminationMessagePolicy("File")
                .endContainer());

        // Then
        assertThat(PodShape.holds(planned(), stored)).isTrue();
        assertThat(PodShape.holds(planned(), planned())).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"imagevolume", "initcontainer"})
    void ourOwnPodAsItWasStoredHolds(String source) throws IOException {
        Pod made = Golden.read(CASES.resolve("out-pod-" + source + ".yaml"), Pod.class);
        Pod stored = Golden.read(Path.of("src/test/resources/shape/stored-" + source + ".yaml"), Pod.class);

        assertThat(PodShape.holds(made, stored)).isTrue();
    }

    @Test
    void aQuantityMayBeSpelledAnotherWay() throws IOException {
        assertThat(PodShape.holds(cpu("1000m"), cpu("1"))).isTrue();
        assertThat(PodShape.holds(cpu("1000m"), cpu("2"))).isFalse();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void nothingElseMayDiffer(String what, Pod there) throws IOException {
        assertThat(PodShape.holds(planned(), there)).isFalse();
    }

    @Test
    void aPodThatOnlyWearsOurLabelIsOfNoRun() throws IOException {
        Pod bare = new PodBuilder(planned())
                .editMetadata()
                .removeFromLabels(Names.RUN_LABEL)
                .endMetadata()
                .build();
        Pod empty = new PodBuilder(planned())
                .editMetadata()
                .addToLabels(Names.RUN_LABEL, "")
                .endMetadata()
                .build();
        Pod named = new PodBuilder(planned())
                .editMetadata()
                .withName("database-0")
                .endMetadata()
                .build();

        assertThat(Ownership.runOf(planned()))
                .hasValue(planned().getMetadata().getLabels().get(Names.RUN_LABEL));
        assertThat(Stream.of(bare, empty, named).map(Ownership::runOf)).allMatch(Optional::isEmpty);
    }

    static Stream<Arguments> nothingElseMayDiffer() throws IOException {
        return Stream.of(
                forged("another runtime", spec -> spec.withRuntimeClassName("runc")),
                forged("no runtime", spec -> spec.withRuntimeClassName(null)),
                forged("the node's network", spec -> spec.withHostNetwork(true)),
                forged("a shared process namespace", spec -> spec.withShareProcessNamespace(true)),
                forged("a user namespace", spec -> spec.withHostUsers(true)),
                forged("a token of the API", spec -> spec.withAutomountServiceAccountToken(true)),
                forged("another account", spec -> spec.withServiceAccountName("admin")),
                forged(
                        "another image",
                        spec -> spec.editContainer(0).withImage("x:1").endContainer()),
                forged(
                        "another command",
                        spec -> spec.editContainer(0).withCommand("sh").endContainer()),
                forged(
                        "arguments",
                        spec -> spec.editContainer(0).withArgs("install").endContainer()),
                forged(
                        "a variable",
                        spec -> spec.editContainer(0)
                                .addNewEnv()
                                .withName("GODEBUG")
                                .withValue("x")
                                .endEnv()
                                .endContainer()),
                forged(
                        "a hook",
                        spec -> spec.editContainer(0)
                                .withNewLifecycle()
                                .withNewPostStart()
                                .withNewExec()
                                .withCommand("sh")
                                .endExec()
                                .endPostStart()
                                .endLifecycle()
                                .endContainer()),
                forged(
                        "a root that can be written",
                        spec -> spec.editContainer(0)
                                .editSecurityContext()
                                .withReadOnlyRootFilesystem(false)
                                .endSecurityContext()
                                .endContainer()),
                forged(
                        "a second container",
                        spec -> spec.addNewContainer().withName("other").endContainer()),
                forged(
                        "an init container",
                        spec -> spec.addNewInitContainer().withName("other").endInitContainer()),
                forged("a volume", spec -> spec.addNewVolume().withName("other").endVolume()),
                forged(
                        "another Secret",
                        spec -> spec.editMatchingVolume(
                                        volume -> volume.getName().equals("secrets"))
                                .editProjected()
                                .editFirstSource()
                                .editSecret()
                                .withName("another")
                                .endSecret()
                                .endSource()
                                .endProjected()
                                .endVolume()),
                forged(
                        "a whole Secret",
                        spec -> spec.editMatchingVolume(
                                        volume -> volume.getName().equals("secrets"))
                                .editProjected()
                                .editFirstSource()
                                .editSecret()
                                .withItems()
                                .endSecret()
                                .endSource()
                                .endProjected()
                                .endVolume()),
                forged("a longer deadline", spec -> spec.withActiveDeadlineSeconds(86_400L)),
                Arguments.of(
                        "no labels",
                        new PodBuilder(planned())
                                .editMetadata()
                                .withLabels(Map.of())
                                .endMetadata()
                                .build()),
                Arguments.of(
                        "an annotation for the runtime",
                        new PodBuilder(planned())
                                .editMetadata()
                                .addToAnnotations("dev.gvisor.flag.network", "host")
                                .endMetadata()
                                .build()));
    }

    private static Arguments forged(String what, UnaryOperator<PodFluent<PodBuilder>.SpecNested<PodBuilder>> change)
            throws IOException {
        return Arguments.of(what, edit(change));
    }

    private static Pod edit(UnaryOperator<PodFluent<PodBuilder>.SpecNested<PodBuilder>> change) throws IOException {
        return change.apply(new PodBuilder(planned()).editSpec()).endSpec().build();
    }

    private static Pod cpu(String amount) throws IOException {
        Container tool = planned().getSpec().getContainers().getFirst();
        tool.getResources().setLimits(Map.of("cpu", new Quantity(amount)));
        return edit(spec -> spec.withContainers(tool));
    }

    private static Pod planned() throws IOException {
        return Golden.read(CASES.resolve("out-pod-imagevolume.yaml"), Pod.class);
    }
}
