package dev.cofferdam.api.v1alpha1;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** One call of one tool, and the whole story of it: who asked, what was decided and why, what the tool did. */
@Group(Api.GROUP)
@Version(Api.VERSION)
@ShortNames("trun")
public class ToolRun extends CustomResource<ToolRunSpec, ToolRunStatus> implements Namespaced {}
