package dev.cofferdam.gateway.channel;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.api.v1alpha1.Bounds;
import dev.cofferdam.api.v1alpha1.ReturnedState;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/** Reads the frame {@code outputs}, as strictly as {@link FrameDecoder} reads the others. */
final class OutputsDecoder {
    private static final Set<String> KEYS = Set.of("type", "files");
    private static final Set<String> THERE = Set.of("state", "content");
    private static final Set<String> NOT_THERE = Set.of("state");
    private static final byte[] NOTHING = new byte[0];

    private OutputsDecoder() {}

    static SupervisorFrame.Outputs read(JsonNode node) throws MalformedException {
        Fields.exactly(node, KEYS);
        List<SupervisorFrame.OutputFile> files = new ArrayList<>();
        long bytes = 0;
        for (JsonNode file : Fields.list(node, "files", Bounds.OUTPUTS)) {
            files.add(file(file));
            bytes += files.getLast().content().length;
        }
        Fields.require(!files.isEmpty(), "outputs has at least one file");
        Fields.require(bytes <= Bounds.OUTPUTS_BYTES, "outputs have at most " + Bounds.OUTPUTS_BYTES + " bytes in all");
        return new SupervisorFrame.Outputs(files);
    }

    private static SupervisorFrame.OutputFile file(JsonNode node) throws MalformedException {
        Fields.require(node.isObject(), "a file is an object");
        ReturnedState state = switch (Fields.text(node, "state")) {
            case "Present" -> ReturnedState.Present;
            case "Missing" -> ReturnedState.Missing;
            case "NotAFile" -> ReturnedState.NotAFile;
            case "TooLarge" -> ReturnedState.TooLarge;
            case "Unknown" -> ReturnedState.Unknown;
            default -> throw new MalformedException("state is one of the contract");
        };
        if (state != ReturnedState.Present) {
            Fields.exactly(node, NOT_THERE);
            return new SupervisorFrame.OutputFile(state, NOTHING);
        }
        Fields.exactly(node, THERE);
        return new SupervisorFrame.OutputFile(state, content(Fields.text(node, "content")));
    }

    private static byte[] content(String text) throws MalformedException {
        try {
            // Go pads always; without this, one frame would have two spellings.
            Fields.require(text.length() % 4 == 0, "content is padded base64");
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new MalformedException("content is base64");
        }
    }
}
