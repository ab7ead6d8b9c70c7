package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.Commit;
import dev.cofferdam.api.v1alpha1.Effective;
import dev.cofferdam.api.v1alpha1.EnvironmentVariable;
import dev.cofferdam.api.v1alpha1.GrantedFiles;
import dev.cofferdam.api.v1alpha1.GrantedNetwork;
import dev.cofferdam.api.v1alpha1.StorageAccess;
import dev.cofferdam.api.v1alpha1.ToolRunSpec;
import dev.cofferdam.policy.match.PathPattern;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * What the supervisor is to run, for one attempt: the policy's command with the run's arguments, and exactly the environment and bounds that were granted.
 *
 * @param argv program and arguments; no NUL in any
 * @param environment in the run's order; names are unique, without {@code =} and NUL
 * @param secrets names of the secrets that the tool gets, in the run's order; unique
 * @param stdin the bytes, decoded
 * @param limits the run's bounds; the timeout is the run's where it asks for less than the policy's
 * @param exec which programs may run besides the tool's own
 * @param workspace what the tool sees at /workspace
 * @param network where the tool may try to connect to: what comes of it, the gateway decides each time
 */
public record Job(
        List<String> argv,
        List<EnvironmentVariable> environment,
        List<String> secrets,
        byte[] stdin,
        Limits limits,
        ExecGrant exec,
        Files workspace,
        Network network) {
    /** Rules in their canonical form, at most 64 of each. */
    public record Network(List<GrantedNetwork> allow, List<GrantedNetwork> deny) {
        /** No network. */
        public static final Network NONE = new Network(List.of(), List.of());

        /** Whether TLS to some place ends at the gateway. */
        public boolean isInspected() {
            return allow.stream().anyMatch(rule -> Boolean.TRUE.equals(rule.inspect()));
        }

        public Network {
            allow = List.copyOf(allow);
            deny = List.copyOf(deny);
        }
    }

    /**
     * The files of one run.
     *
     * @param allow what of them the tool may read and write
     * @param deny what it may not all the same
     * @param origin what the workspace begins with
     * @param outputs files that are to come back, by their paths in the workspace
     * @param commit whether what the tool changes may be committed, so that the contents of its changes are kept
     */
    public record Files(
            List<GrantedFiles> allow, List<GrantedFiles> deny, Origin origin, List<String> outputs, boolean commit) {
        /** Scratch space. */
        public static final Files NONE = new Files(List.of(), List.of(), new Origin.Nothing(), List.of());

        /** Files whose changes are never committed. */
        public Files(List<GrantedFiles> allow, List<GrantedFiles> deny, Origin origin, List<String> outputs) {
            this(allow, deny, origin, outputs, false);
        }

        /** As a claim granted them. */
        public static Files of(Effective claimed, ToolRunSpec spec) {
            return claimed == null
                    ? NONE
                    : new Files(
                            claimed.storage(),
                            claimed.storageDenied(),
                            Origin.of(spec),
                            Origin.outputs(spec),
                            Origin.commit(spec) != Commit.Never);
        }

        /** Whether the tool has a view of a workspace, and not scratch space. */
        public boolean hasView() {
            return !allow.isEmpty() || !deny.isEmpty() || !(origin instanceof Origin.Nothing);
        }

        /** Names that are ours: a committer keeps its own work under one of them, in the volume. */
        private static final String RESERVED = ".cofferdam-";

        /**
         * Which files the tool may make, change or remove, by their paths in the workspace. The rules are read once, for all that is asked. Whatever they
         * say, it may touch nothing that has a name of ours.
         */
        public Predicate<String> writable() {
            StorageGrant granted = new StorageGrant(StorageGrant.rules(allow), StorageGrant.rules(deny));
            return path -> Arrays.stream(path.split("/")).noneMatch(name -> name.startsWith(RESERVED))
                    && granted.decide(PathPattern.WORKSPACE + "/" + path, StorageAccess.Write)
                            .isAllowed();
        }

        public Files {
            allow = List.copyOf(allow);
            deny = List.copyOf(deny);
            outputs = List.copyOf(outputs);
        }
    }

    public Job {
        argv = List.copyOf(argv);
        environment = List.copyOf(environment);
        secrets = List.copyOf(secrets);
        stdin = stdin.clone();
    }

    @Override
    public byte[] stdin() {
        return stdin.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Job job
                && argv.equals(job.argv)
                && environment.equals(job.environment)
                && secrets.equals(job.secrets)
                && Arrays.equals(stdin, job.stdin)
                && limits.equals(job.limits)
                && exec.equals(job.exec)
                && workspace.equals(job.workspace)
                && network.equals(job.network);
    }

    @Override
    public int hashCode() {
        return Objects.hash(argv, environment, secrets, Arrays.hashCode(stdin), limits, exec, workspace, network);
    }
}
