package dev.cofferdam.policy;

/** What the tools of a policy may touch beyond their own process. */
public record Grants(NetworkGrant network, StorageGrant storage, ExecGrant exec, SecretGrant secrets) {
    static final Grants NOTHING =
            new Grants(NetworkGrant.NOTHING, StorageGrant.NOTHING, ExecGrant.NOTHING, SecretGrant.NOTHING);
}
