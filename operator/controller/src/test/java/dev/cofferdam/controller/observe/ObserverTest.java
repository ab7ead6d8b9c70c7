package dev.cofferdam.controller.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.ToolRun;
import dev.cofferdam.controller.Golden;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ObserverTest {
    private static final Path CASES = Path.of("src/test/resources/reduce");

    /** Else a quick run would end without its image's digest, and be written once more for it. */
    @ParameterizedTest
    @CsvSource({
        "told-exited-zero,false",
        "told-exited-zero-image-known,true",
        "starting-container-creating,true",
        "facts-of-another-pod,true"
    })
    void factsWithoutTheImagesDigestAreNotEnough(String folder, boolean suffices) throws IOException {
        ToolRun run = Golden.read(CASES.resolve(folder).resolve("in-run.yaml"), ToolRun.class);
        Pod pod = Golden.read(CASES.resolve(folder).resolve("in-pod.yaml"), Pod.class);

        assertThat(Observer.suffices(run.getStatus(), pod)).isEqualTo(suffices);
    }
}
