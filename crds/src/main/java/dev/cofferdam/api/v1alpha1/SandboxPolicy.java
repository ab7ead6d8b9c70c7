package dev.cofferdam.api.v1alpha1;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** What a group of tools may touch: the registry of tools and everything they are granted. Nothing that it does not name is allowed. */
@Group(Api.GROUP)
@Version(Api.VERSION)
@ShortNames("sbp")
public class SandboxPolicy extends CustomResource<SandboxPolicySpec, SandboxPolicyStatus> implements Namespaced {}
