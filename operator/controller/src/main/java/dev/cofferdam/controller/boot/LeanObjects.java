package dev.cofferdam.controller.boot;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.quarkus.kubernetes.client.KubernetesClientObjectMapperCustomizer;
import jakarta.inject.Singleton;

/**
 * Leaves out of what is read which fields of an object each of its writers owns: of a pod and of a run that is half of the text, and more of the memory, and only the API server makes use of it.
 * Who wrote, and when, stays.
 */
@Singleton
final class LeanObjects implements KubernetesClientObjectMapperCustomizer {
    @JsonIgnoreProperties("fieldsV1")
    private interface WithoutFields {}

    @Override
    public void customize(ObjectMapper mapper) {
        mapper.addMixIn(ManagedFieldsEntry.class, WithoutFields.class);
    }
}
