package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** The writing of a run's changes into its volume, from the moment at which that was decided. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Commitment(
        @JsonPropertyDescription("The change set that is written: status.changes.digest.") @Size(max = Bounds.HASH)
        String digest,

        @JsonPropertyDescription(
                "Who approved it. Absent where nobody had to (OnSuccess), and where this cluster does not tell.")
        @Size(max = Bounds.USER)
        String approvedBy,

        @JsonPropertyDescription("When it was decided, RFC 3339.") @Size(max = Bounds.TIME)
        String startedAt,

        @JsonPropertyDescription(
                "How many pods were made for it, from 1, without those that went before they had started. There is never more than one of them at a time.")
        @Min(1)
        @Max(Bounds.COMMITTERS)
        Integer number,

        @JsonPropertyDescription("Name of the pod that writes: cofferdam-<uid of the run>-commit.")
        @Size(max = Bounds.SUBDOMAIN)
        String podName,

        @JsonPropertyDescription("UID of that pod. Only the pod with this UID is given the contents.")
        @Size(max = Bounds.UID)
        String podUID,

        @JsonPropertyDescription(
                "What may be written: what the run was granted, within what the policy granted when this was decided.")
        @Size(max = Bounds.STORAGE_RULES)
        List<GrantedFiles> storage,

        @JsonPropertyDescription("What may not, whatever storage says: what the run or the policy denied.")
        @Size(max = Bounds.COMMIT_DENIED)
        List<GrantedFiles> storageDenied,

        @JsonPropertyDescription("Where it was refused by the files themselves: the first of them.")
        @Size(max = Bounds.NAMED_PATHS)
        List<@Size(max = Bounds.CHANGED_PATH) String> paths) {
    public Commitment {
        storage = Stored.list(storage);
        storageDenied = Stored.list(storageDenied);
        paths = Stored.list(paths);
    }
}
