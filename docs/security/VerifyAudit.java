import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Verifies the audit stream: {@code java VerifyAudit.java [HEADS] < LINES}. Lines that are no audit events of a run are skipped. Needs a JDK and nothing
 * else; docs/security/audit.md says where LINES and HEADS come from. Prints a line for each chain and exits with 0 if all are whole, else with 1.
 */
final class VerifyAudit {
    /** The hash is a line's last key; what it covers is the line without it. Quotes inside of strings are escaped, so none of these can stand in one. */
    private static final Pattern HASH = Pattern.compile(",\"hash\":\"(sha256:[0-9a-f]{64})\"}$");

    private static final Pattern RUN = Pattern.compile(",\"run_uid\":\"([^\"\\\\]+)\",\"source\":\"([^\"\\\\]+)\",\"seq\":([0-9]{1,18})[,}]");
    private static final Pattern BEGIN = Pattern.compile(",\"action\":\"(start|resume|claim)\",");
    private static final Pattern END = Pattern.compile(",\"action\":\"(exit|leave|end)\",");

    /** One source's events of one run, as far as they have been read. */
    private static final class Chain {
        private final List<String> wrong = new ArrayList<>();
        private final Map<Long, String> heads = new TreeMap<>();
        private String head = "";
        private long next = 1;
        private boolean open;

        void take(long seq, String covered, String hash) {
            if (seq < next) {
                // A controller that goes on where another one was killed writes again what that one may not have.
                if (!hash.equals(heads.get(seq)) || !hash.equals(hash((seq == 1 ? "" : heads.get(seq - 1)) + "\n" + covered))) {
                    wrong.add("event " + seq + " comes twice, or too late");
                }
                return;
            }
            if (seq > next) {
                wrong.add(seq == next + 1 ? "event " + next + " is missing" : "events " + next + " to " + (seq - 1) + " are missing");
            } else if (!hash(head + "\n" + covered).equals(hash)) {
                wrong.add("event " + seq + " is not what it was, or the one before is not");
            }
            head = hash;
            heads.put(seq, hash);
            next = seq + 1;
            open = END.matcher(covered).find() ? false : open || BEGIN.matcher(covered).find();
        }

        void compare(long total, String stored) {
            if (total >= next) {
                wrong.add("the stream ends at event " + (next - 1) + ", and the run has " + total);
            } else if (total > 0 && !stored.equals(heads.get(total))) {
                wrong.add("event " + total + " is not the one that the run's status vouches for");
            }
        }

        List<String> verdict() {
            if (open) {
                wrong.add("Interrupted: there is a beginning and no end");
            }
            return wrong;
        }
    }

    public static void main(String[] arguments) throws IOException {
        Map<String, Chain> chains = new TreeMap<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                read(line, chains);
            }
        }
        if (arguments.length > 0) {
            for (String line : Files.readAllLines(Path.of(arguments[0]))) {
                String[] words = line.split(" ");
                chains.computeIfAbsent(words[0] + " " + words[1], name -> new Chain()).compare(Long.parseLong(words[2]), words[3]);
            }
        }
        boolean whole = true;
        for (Map.Entry<String, Chain> each : chains.entrySet()) {
            List<String> wrong = each.getValue().verdict();
            whole &= wrong.isEmpty();
            System.out.println(each.getKey() + " " + (wrong.isEmpty() ? "whole: " + (each.getValue().next - 1) + " events" : String.join("; ", wrong)));
        }
        System.exit(whole ? 0 : 1);
    }

    private static void read(String line, Map<String, Chain> chains) {
        Matcher run = RUN.matcher(line);
        if (!run.find()) {
            return;
        }
        Chain chain = chains.computeIfAbsent(run.group(1) + " " + run.group(2), name -> new Chain());
        long seq = Long.parseLong(run.group(3));
        Matcher hash = HASH.matcher(line);
        if (hash.find()) {
            chain.take(seq, line.substring(0, hash.start()) + "}", hash.group(1));
        } else {
            chain.wrong.add("event " + seq + " has no hash");
        }
    }

    private static String hash(String text) {
        try {
            return "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    private VerifyAudit() {}
}
