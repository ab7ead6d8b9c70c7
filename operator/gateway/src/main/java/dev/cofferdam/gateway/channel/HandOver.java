package dev.cofferdam.gateway.channel;

import dev.cofferdam.policy.Job;

/** Whether a claimed run may have its job, by the policy as it is at this moment. */
public sealed interface HandOver {
    record Granted(Job job) implements HandOver {}

    /** Not any longer; the controller ends the run. */
    record Refused(String detail) implements HandOver {}

    /** The policy could not be read now. */
    record Unavailable(String detail) implements HandOver {}
}
