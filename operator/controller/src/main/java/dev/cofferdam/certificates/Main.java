package dev.cofferdam.certificates;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;

/** The command: reads, decides, makes what is due, writes. Ends with 0 when all is well, 1 when the API server said no, 2 when it was called wrongly. */
public final class Main {
    private static final String USAGE =
            "usage: certificates [--renew-before=P30D] [--announce-before=P365D] [--overlap=PT48H]";

    private Main() {}

    public static void main(String[] args) {
        System.exit(run(args, Clock.systemUTC().instant(), System.out));
    }

    static int run(String[] args, Instant now, PrintStream out) {
        Terms terms;
        try {
            terms = terms(args);
        } catch (IllegalArgumentException | DateTimeParseException e) {
            log(out, now, "ERROR", e.getMessage() + "; " + USAGE);
            return 2;
        }
        try (var client = new KubernetesClientBuilder().build()) {
            var store = Store.read(client);
            var present = store.material();
            var renewal = Renewal.decide(present, now, terms);
            renewal.reasons().forEach(reason -> log(out, now, "INFO", "due: " + reason));
            var material = new Issuance(new SecureRandom(), now, terms).perform(renewal, present);
            // Also where nothing is due: a ConfigMap that somebody changed is put right.
            var written = store.write(material);
            log(
                    out,
                    now,
                    "INFO",
                    (written ? "written: " : "nothing due: ")
                            + material.gateway().orElseThrow());
            return 0;
        } catch (KubernetesClientException e) {
            log(out, now, "ERROR", e.getMessage());
            return 1;
        }
    }

    private static Terms terms(String[] args) {
        var terms = Terms.DEFAULT;
        for (var arg : args) {
            var option = arg.substring(0, arg.indexOf('=') + 1);
            var value = arg.substring(option.length());
            terms = switch (option) {
                case "--renew-before=" -> terms.withRenewBefore(Duration.parse(value));
                case "--announce-before=" -> terms.withAnnounceBefore(Duration.parse(value));
                case "--overlap=" -> terms.withOverlap(Duration.parse(value));
                default -> throw new IllegalArgumentException("unknown argument " + arg);
            };
        }
        return terms;
    }

    /** One JSON object a line, as the other parts log. Certificates are named by serial number and end; keys are never. */
    private static void log(PrintStream out, Instant now, String level, String message) {
        var line = new LinkedHashMap<String, String>();
        line.put("timestamp", now.toString());
        line.put("level", level);
        line.put("loggerName", Main.class.getPackageName());
        line.put("message", message);
        try {
            out.println(new ObjectMapper().writeValueAsString(line));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("four strings have no JSON", e);
        }
    }
}
