package dev.cofferdam.e2e.table;

/** What can stop an attack. The constants are in the order in which a request, or a tool, meets them. */
public enum Gate {
    Rbac("RBAC"),
    Schema("schema and its rules"),
    Admission("admission policy"),
    Decision("the policy's decision"),
    PodSecurity("Pod Security"),
    Isolation("the controller's look at all NetworkPolicies"),
    Ownership("the controller's look at the pod that is there"),
    Key("the controller's look at the run that the Lease of a key names"),
    NetworkPolicy("NetworkPolicy"),
    Identity("gateway: token, address, claim"),
    Protocol("gateway: strict frames, one channel a pod, one end"),
    StartGate("start gate, and its look every 5 s"),
    Box("box"),
    Egress("gateway: each connection decided"),
    GVisor("gVisor"),
    Limits("the pod's limits");

    private final String title;

    Gate(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}
