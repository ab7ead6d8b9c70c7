package dev.cofferdam.policy;

import dev.cofferdam.api.v1alpha1.EnvironmentVariable;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * What the supervisor is to run, for one attempt: the policy's command with the run's arguments, and exactly the environment and bounds that were granted.
 *
 * @param argv program and arguments; no NUL in any
 * @param environment in the run's order; names are unique, without {@code =} and NUL
 * @param secrets names of the secrets that the tool gets, in the run's order; unique
 * @param stdin the bytes, decoded
 * @param limits the run's bounds; the timeout is the run's where it asks for less than the policy's
 * @param exec which programs may run besides the tool's own
 */
public record Job(
        List<String> argv,
        List<EnvironmentVariable> environment,
        List<String> secrets,
        byte[] stdin,
        Limits limits,
        ExecGrant exec) {
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
                && exec.equals(job.exec);
    }

    @Override
    public int hashCode() {
        return Objects.hash(argv, environment, secrets, Arrays.hashCode(stdin), limits, exec);
    }
}
