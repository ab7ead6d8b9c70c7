package dev.cofferdam.controller.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.Test;

class LeanObjectsTest {
    private static final String POD = """
            {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "managedFields": [
              {"manager": "kubelet", "operation": "Update", "subresource": "status", "time": "2026-01-02T03:04:05Z", "fieldsType": "FieldsV1",
               "fieldsV1": {"f:status": {"f:phase": {}}}}]}, "status": {"phase": "Running"}}
            """;

    @Test
    void whoWroteAndWhenIsKeptAndWhichFieldsIsNot() {
        ObjectMapper mapper = new ObjectMapper();
        new LeanObjects().customize(mapper);

        Pod pod = new KubernetesSerialization(mapper, true).unmarshal(POD, Pod.class);

        ManagedFieldsEntry entry = pod.getMetadata().getManagedFields().getFirst();
        assertThat(entry.getSubresource()).isEqualTo("status");
        assertThat(entry.getTime()).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(entry.getFieldsV1()).isNull();
        assertThat(pod.getStatus().getPhase()).isEqualTo("Running");
    }
}
