package dev.cofferdam.gateway.channel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Reads frames of supervisors, strictly: exactly the keys that a frame has, values of exactly their kind, no key twice, nothing after the object. The contract
 * is sandbox-image/channel.
 */
public final class FrameDecoder {
    /** Longest frame, in bytes. */
    public static final int FRAME_BYTES_MOST = 64 << 10;

    /** Longest piece of a stream in one frame, in bytes. */
    public static final int OUTPUT_BYTES_MOST = 32 << 10;

    /** Counts stay whole in every JSON reader. */
    private static final long COUNT_MOST = 1L << 53;

    private static final int STEP_MOST = 64;
    private static final int OPEN_MOST = 72;
    private static final int SECRETS_MOST = 64;
    private static final int SECRET_NAME_MOST = 63;

    private static final com.google.re2j.Pattern STEP = com.google.re2j.Pattern.compile("[A-Za-z0-9-]+");
    private static final com.google.re2j.Pattern OPEN =
            com.google.re2j.Pattern.compile("(tcp|udp)/[0-9A-Fa-f:.\\[\\]]*:[0-9]{1,5}");
    private static final Set<String> COUNTS =
            Set.of("type", "outcome", "stdoutBytes", "stderrBytes", "durationMillis", "cpuMillis", "peakMemoryBytes");

    private final JsonMapper json;

    public FrameDecoder() {
        json = JsonMapper.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
        json.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(3)
                        .maxNumberLength(20)
                        .maxNameLength(32)
                        .maxStringLength(FRAME_BYTES_MOST)
                        .build());
    }

    public Decoded decode(String text) {
        if (text.length() > FRAME_BYTES_MOST || text.getBytes(StandardCharsets.UTF_8).length > FRAME_BYTES_MOST) {
            return new Decoded.Malformed("a frame has at most " + FRAME_BYTES_MOST + " bytes");
        }
        try {
            return new Decoded.Frame(frame(json.readTree(text)));
        } catch (JsonProcessingException e) {
            return new Decoded.Malformed("a frame is one JSON object in which no key is repeated");
        } catch (MalformedException e) {
            return new Decoded.Malformed(e.getMessage());
        }
    }

    private static SupervisorFrame frame(JsonNode node) throws MalformedException {
        Fields.require(node.isObject(), "a frame is a JSON object");
        return switch (Fields.text(node, "type")) {
            case "started" -> {
                Fields.exactly(node, Set.of("type"));
                yield new SupervisorFrame.Started();
            }
            case "output" -> {
                Fields.exactly(node, Set.of("type", "stream", "data"));
                yield new SupervisorFrame.Output(
                        stream(Fields.text(node, "stream")), base64(Fields.text(node, "data")));
            }
            case "event" -> EventForm.read(node);
            case "changes" -> ChangesDecoder.read(node);
            case "outputs" -> OutputsDecoder.read(node);
            case "result" -> result(node);
            default -> throw new MalformedException("type is started, output, event, changes, outputs or result");
        };
    }

    private static SupervisorFrame.Result result(JsonNode node) throws MalformedException {
        Outcome outcome = Fields.word(node, "outcome", Outcome.values());
        String key = keyOf(outcome);
        Set<String> keys = new HashSet<>(COUNTS);
        if (!key.isEmpty()) {
            keys.add(key);
        }
        Fields.exactly(node, keys);
        return new SupervisorFrame.Result(
                outcome,
                key.equals("exitCode") ? OptionalInt.of((int) Fields.integer(node, key, 0, 255)) : OptionalInt.empty(),
                key.equals("signal") ? OptionalInt.of((int) Fields.integer(node, key, 1, 64)) : OptionalInt.empty(),
                key.equals("step") ? Optional.of(step(Fields.text(node, key))) : Optional.empty(),
                key.equals("open") ? Optional.of(open(Fields.text(node, key))) : Optional.empty(),
                key.equals("program") ? Optional.of(EventForm.program(Fields.text(node, key))) : Optional.empty(),
                key.equals("secrets") ? secrets(node.get(key)) : List.of(),
                key.equals("paths") ? paths(node) : List.of(),
                Fields.integer(node, "stdoutBytes", 0, COUNT_MOST),
                Fields.integer(node, "stderrBytes", 0, COUNT_MOST),
                Fields.integer(node, "durationMillis", 0, COUNT_MOST),
                Fields.integer(node, "cpuMillis", 0, COUNT_MOST),
                Fields.integer(node, "peakMemoryBytes", 0, COUNT_MOST));
    }

    /** The key that a result of this outcome has and no other. */
    private static String keyOf(Outcome outcome) throws MalformedException {
        return switch (outcome) {
            case Exited -> "exitCode";
            case Signaled -> "signal";
            case BoxFailed -> "step";
            case NetworkNotIsolated -> "open";
            case ProgramNotAllowed -> "program";
            case SecretMissing, SecretTooLarge -> "secrets";
            case WorkspaceNotReadable -> "paths";
            case TimedOut,
                    CpuTimeExceeded,
                    Stopped,
                    Frozen,
                    ToolNotFound,
                    ToolNotExecutable,
                    WorkspaceMissing,
                    WorkspaceTooLarge -> "";
            // Tampered is our judgement, never a supervisor's word.
            case Tampered, Unrecognized -> throw new MalformedException("outcome is one of the contract");
        };
    }

    private static SupervisorFrame.Stream stream(String text) throws MalformedException {
        return switch (text) {
            case "stdout" -> SupervisorFrame.Stream.stdout;
            case "stderr" -> SupervisorFrame.Stream.stderr;
            default -> throw new MalformedException("stream is stdout or stderr");
        };
    }

    private static byte[] base64(String text) throws MalformedException {
        try {
            byte[] data = Base64.getDecoder().decode(text);
            // Go pads always; without this, one frame would have two spellings.
            Fields.require(text.length() % 4 == 0, "data is padded base64");
            Fields.require(data.length <= OUTPUT_BYTES_MOST, "data has at most " + OUTPUT_BYTES_MOST + " bytes");
            return data;
        } catch (IllegalArgumentException e) {
            throw new MalformedException("data is base64");
        }
    }

    private static String step(String text) throws MalformedException {
        Fields.require(
                text.length() <= STEP_MOST && STEP.matches(text),
                "step is a word of [A-Za-z0-9-], at most " + STEP_MOST + " characters");
        return text;
    }

    private static String open(String text) throws MalformedException {
        Fields.require(text.length() <= OPEN_MOST && OPEN.matches(text), "open is network/address:port");
        return text;
    }

    /** Which names they may be, the job says. */
    private static List<String> secrets(JsonNode node) throws MalformedException {
        Fields.require(
                node.isArray() && !node.isEmpty() && node.size() <= SECRETS_MOST,
                "secrets is a list of 1 to " + SECRETS_MOST + " names");
        List<String> names = new ArrayList<>();
        for (JsonNode name : node) {
            Fields.require(
                    name.isTextual() && name.textValue().length() <= SECRET_NAME_MOST,
                    "a secret's name is a string of at most " + SECRET_NAME_MOST + " characters");
            Fields.require(!names.contains(name.textValue()), "a secret is named once");
            names.add(name.textValue());
        }
        return names;
    }

    /** For people, so in visible characters; what they are, nobody can check. */
    private static List<String> paths(JsonNode node) throws MalformedException {
        List<String> paths = new ArrayList<>();
        for (JsonNode path : Fields.list(node, "paths", Bounds.NAMED_PATHS)) {
            Fields.require(path.isTextual(), "a path is a string");
            String text = Fields.bounded("a path", path.textValue(), Bounds.NAMED_PATH);
            Fields.require(text.codePoints().noneMatch(Character::isISOControl), "a path has visible characters");
            paths.add(text);
        }
        Fields.require(!paths.isEmpty(), "paths names at least one");
        return paths;
    }
}
