package dev.cofferdam.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn.Type;
import io.fabric8.crd.generator.annotation.AdditionalSelectableField;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** One call of one tool, and the whole story of it: who asked, what was decided and why, what the tool did. */
@JsonIgnoreProperties(ignoreUnknown = true)
@Group(Api.GROUP)
@Version(Api.VERSION)
@Singular("toolrun")
@Plural("toolruns")
@ShortNames("trun")
@ValidationRule(value = Rules.NAME, message = Rules.NAME_MESSAGE)
@ValidationRule(
        value = Rules.STATUS_STAYS,
        message = "status stays once it is written: what was decided and done is not forgotten")
@ValidationRule(
        value = Rules.APPROVED_IS_CHANGED,
        message = "spec.workspace.approvedDigest must be the digest of a run that has ended: status.changes.digest")
@ValidationRule(
        value = Rules.SETTLED_SPEC_STAYS,
        message =
                "the run is settled: it has ended, and nothing is left to cancel or to approve; see status.conditions. Create another ToolRun")
@AdditionalPrinterColumn(name = "PHASE", jsonPath = ".status.phase", type = Type.STRING)
@AdditionalPrinterColumn(
        name = "REASON",
        jsonPath = ".status.conditions[?(@.type==\"Finished\")].reason",
        type = Type.STRING)
@AdditionalPrinterColumn(name = "TOOL", jsonPath = ".spec.tool", type = Type.STRING)
@AdditionalPrinterColumn(name = "EXIT", jsonPath = ".status.exitCode", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "DURATION(MS)", jsonPath = ".status.result.durationMillis", type = Type.INTEGER)
@AdditionalPrinterColumn(name = "AGE", jsonPath = ".metadata.creationTimestamp", type = Type.DATE)
@AdditionalPrinterColumn(name = "POLICY", jsonPath = ".spec.policyRef.name", type = Type.STRING, priority = 1)
@AdditionalPrinterColumn(name = "REQUESTED BY", jsonPath = ".spec.requestedBy", type = Type.STRING, priority = 1)
@AdditionalPrinterColumn(
        name = "RUNTIME",
        jsonPath = ".status.sandbox.runtimeClassName",
        type = Type.STRING,
        priority = 1)
@AdditionalPrinterColumn(
        name = "COMMITTED",
        jsonPath = ".status.conditions[?(@.type==\"Committed\")].reason",
        type = Type.STRING,
        priority = 1)
@AdditionalPrinterColumn(name = "POD", jsonPath = ".status.sandbox.podName", type = Type.STRING, priority = 1)
@AdditionalSelectableField(jsonPath = ".status.settled")
@AdditionalSelectableField(jsonPath = ".status.phase")
@AdditionalSelectableField(jsonPath = ".spec.policyRef.name")
@AdditionalSelectableField(jsonPath = ".spec.tool")
@AdditionalSelectableField(jsonPath = ".spec.idempotencyKey")
public class ToolRun extends CustomResource<ToolRunSpec, ToolRunStatus> implements Namespaced {}
