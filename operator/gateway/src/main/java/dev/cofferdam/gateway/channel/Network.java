package dev.cofferdam.gateway.channel;

import dev.cofferdam.api.v1alpha1.GrantedNetwork;
import dev.cofferdam.policy.Job;
import java.util.List;

/**
 * Where a tool may connect to, as its supervisor is told: to answer names and to refuse early. Whether a byte leaves, the gateway decides at each tunnel.
 *
 * @param gateway {@code ip:port} of the replica that takes the run's tunnels, and what it has changed; empty where there are neither
 * @param allow at most 64
 * @param deny at most 64
 */
public record Network(String gateway, List<Rule> allow, List<Rule> deny) {
    /** As the job grants it. */
    static Network of(Job job, String gateway) {
        if (job.network().allow().isEmpty()) {
            return job.workspace().commit() ? new Network(gateway, List.of(), List.of()) : NONE;
        }
        return new Network(
                gateway, rules(job.network().allow()), rules(job.network().deny()));
    }

    private static List<Rule> rules(List<GrantedNetwork> granted) {
        return granted.stream()
                .map(rule -> new Rule(
                        rule.host() == null ? "" : rule.host(),
                        rule.cidr() == null ? "" : rule.cidr(),
                        rule.ports(),
                        rule.protocol().text()))
                .toList();
    }

    /** No network at all. */
    public static final Network NONE = new Network("", List.of(), List.of());

    /**
     * One place: either a host or a range of addresses.
     *
     * @param host a name, {@code *.} and a domain, or {@code *}; empty where there is a cidr
     * @param cidr empty where there is a host
     * @param ports each a number or a range such as {@code 8000-8100}; of a denial, empty is all
     * @param protocol {@code tcp}, {@code http} or {@code https}; of a denial, empty is all
     */
    public record Rule(String host, String cidr, List<String> ports, String protocol) {
        public Rule {
            ports = List.copyOf(ports);
        }
    }

    public Network {
        allow = List.copyOf(allow);
        deny = List.copyOf(deny);
    }
}
