package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

/** What is done when an alert fires. Written as in a Wassette policy file. */
public enum AlertAction {
    /** Somebody is told. */
    @JsonProperty("notify")
    Notify("notify"),

    /** Somebody is told; the name that Wassette's example has. */
    @JsonProperty("notify_security_team")
    NotifySecurityTeam("notify_security_team"),

    /** Somebody is told, and the tool does not run any more. */
    @JsonProperty("disable_component")
    DisableComponent("disable_component"),

    /** Somebody is told, and no tool of the policy runs any more; what runs is frozen and kept. */
    @JsonProperty("quarantine")
    Quarantine("quarantine"),

    /** A value of another version of this API: never written, always refused. */
    Unrecognized("");

    private final String text;

    AlertAction(String text) {
        this.text = text;
    }

    @JsonCreator
    static AlertAction of(String text) {
        for (AlertAction action : values()) {
            if (action != Unrecognized && action.text.equals(text)) {
                return action;
            }
        }
        return Unrecognized;
    }

    /** As it is written in a policy. */
    public String text() {
        return text;
    }
}
