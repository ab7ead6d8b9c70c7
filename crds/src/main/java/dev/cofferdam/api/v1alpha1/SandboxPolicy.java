package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** What a group of tools may touch: the registry of tools and everything they are granted. Nothing that it does not name is allowed. */
@JsonIgnoreProperties(ignoreUnknown = true)
@Group(Api.GROUP)
@Version(Api.VERSION)
@Singular("sandboxpolicy")
@Plural("sandboxpolicies")
@ShortNames("sbp")
@ValidationRule(value = Rules.NAME, message = Rules.NAME_MESSAGE)
@AdditionalPrinterColumn(
        name = "READY",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
        type = Type.STRING)
@AdditionalPrinterColumn(
        name = "REASON",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
        type = Type.STRING)
@AdditionalPrinterColumn(
        name = "ACTIVE",
        jsonPath = ".status.conditions[?(@.type==\"Active\")].reason",
        type = Type.STRING)
@AdditionalPrinterColumn(name = "STATE", jsonPath = ".spec.state", type = Type.STRING)
@AdditionalPrinterColumn(name = "QUARANTINED", jsonPath = ".status.quarantined.alert", type = Type.STRING)
@AdditionalPrinterColumn(name = "QUEUED", jsonPath = ".status.runs.queued", type = Type.INTEGER, priority = 1)
@AdditionalPrinterColumn(name = "AGE", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
@AdditionalPrinterColumn(
        name = "RUNTIME",
        jsonPath = ".spec.isolation.runtimeClassName",
        type = Type.STRING,
        priority = 1)
@AdditionalPrinterColumn(name = "VERSION", jsonPath = ".status.policyVersion", type = Type.STRING, priority = 1)
public class SandboxPolicy extends CustomResource<SandboxPolicySpec, SandboxPolicyStatus> implements Namespaced {}
