package dev.cofferdam.api.v1alpha1.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.SandboxPolicy;
import dev.cofferdam.api.v1alpha1.ToolRun;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What can be said of the cases without an API server. */
class CasesTest {
    private final KubernetesSerialization serialization = new KubernetesSerialization();

    static Stream<Case> accepted() {
        return Case.all().stream().filter(one -> one.refusal().isEmpty());
    }

    @Test
    void everyFileBelongsToACase() {
        assertThat(Case.all()).extracting(Case::action).contains(Case.Action.values());
    }

    /** What the API server accepts, our own parts read and write without losing anything but empty values. */
    @ParameterizedTest
    @MethodSource("accepted")
    void theRecordsKeepWhatIsAccepted(Case one) {
        // Given
        Map<?, ?> given = serialization.unmarshal(one.after(), Map.class);
        Class<? extends HasMetadata> type = given.get("kind").equals("ToolRun") ? ToolRun.class : SandboxPolicy.class;

        // When
        HasMetadata read = serialization.unmarshal(one.after(), type);
        Object written = serialization.unmarshal(serialization.asJson(read), Map.class);

        // Then
        assertThat(Plain.withoutEmpty(written)).isEqualTo(Plain.withoutEmpty(given));
    }
}
