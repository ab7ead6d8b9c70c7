package dev.cofferdam.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.e2e.cluster.TestCluster;
import dev.cofferdam.e2e.tenant.Metrics;
import dev.cofferdam.e2e.tenant.Tenant;
import dev.cofferdam.record.Names;
import java.util.Set;
import java.util.stream.Collectors;

/** What the gateways say of requests that were of no run, or of none that could be told. */
final class GatewayRecord {
    private static final ObjectMapper JSON = new ObjectMapper();

    private GatewayRecord() {}

    /** The reasons for which an address was refused, by the audit stream. */
    static Set<String> refused(String address) {
        return Tenant.systemPods(Names.GATEWAY).stream()
                .map(pod -> TestCluster.Holder.client().pods().resource(pod).getLog())
                .flatMap(String::lines)
                .filter(line ->
                        line.startsWith("{") && line.contains("\"run channel\"") && line.contains("\"connect\""))
                .map(GatewayRecord::parse)
                .filter(line -> line.path("result").asText().equals("Denied")
                        && line.at("/detail/peer").asText().equals(address))
                .map(line -> line.at("/detail/reason").asText())
                .collect(Collectors.toSet());
    }

    /** How often a reason was counted. */
    static double counted(String reason) {
        return Metrics.of(Names.GATEWAY)
                .lines()
                .filter(line -> line.startsWith("cofferdam_gateway_refusals_total{reason=\"" + reason + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not a line of JSON: " + line, e);
        }
    }
}
