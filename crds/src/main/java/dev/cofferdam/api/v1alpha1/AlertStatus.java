package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** How an alert of a policy stands. What is counted here is where another controller goes on. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AlertStatus(
        @JsonPropertyDescription("Name of the alert.") @Required @Size(min = 1, max = Bounds.LABEL)
        String name,

        @JsonPropertyDescription("The condition that was counted for. Another one begins anew.")
        @Size(max = Bounds.CONDITION)
        String condition,

        @JsonPropertyDescription(
                "Every run that ended until then is counted here, and none that ended later, RFC 3339.")
        @Size(max = Bounds.TIME)
        String countedUntil,

        @JsonPropertyDescription("What was counted, as long as it is of account.") @Size(max = Bounds.ALERT_WINDOWS)
        List<AlertWindow> windows,

        @JsonPropertyDescription(
                "Hosts that are known, where the condition counts new_hosts: eight bytes of a hash of each, as Base64, the newest 256.")
        @Size(max = Bounds.ALERT_HOSTS_TEXT)
        String hosts,

        @JsonPropertyDescription(
                "For what the condition holds since it fired last: names of tools where the action is disable_component, else *. It fires again when it has "
                        + "not held in between.")
        @Size(max = Bounds.TOOLS)
        List<@Size(max = Bounds.LABEL) String> firing,

        @JsonPropertyDescription("How often it has fired, since the policy has it.") @Min(0)
        Long fired,

        @JsonPropertyDescription("When it fired last, RFC 3339.") @Size(max = Bounds.TIME)
        String lastFired,

        @JsonPropertyDescription(
                "The newest 10 times that it fired, oldest first, and before them those that nobody was told of yet: of all at most 64.")
        @Size(max = Bounds.ALERT_FIRINGS_UNTOLD)
        List<AlertFiring> firings) {
    public AlertStatus {
        windows = Stored.list(windows);
        firing = Stored.list(firing);
        firings = Stored.list(firings);
    }

    /** Everybody was told of one of its firings who is to be. */
    public AlertStatus notified(String id, String when) {
        return new AlertStatus(
                name,
                condition,
                countedUntil,
                windows,
                hosts,
                firing,
                fired,
                lastFired,
                firings.stream()
                        .map(one -> one.id().equals(id) ? one.notified(when) : one)
                        .toList());
    }
}
