package dev.cofferdam.gateway.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * JSON for a server-side apply, whose body the API server reads as YAML. YAML refuses some characters that JSON takes as they are (DEL, C1 controls, byte order
 * mark) and folds others as line breaks (NEL, U+2028, U+2029); so these are written as escapes. Characters beyond the first plane are not: YAML has no
 * surrogate escapes.
 */
final class StatusJson {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    static {
        JSON.getFactory().setCharacterEscapes(new YamlSafe());
    }

    private StatusJson() {}

    static String write(Object tree) {
        try {
            return JSON.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("strings, numbers, lists and maps always serialise", e);
        }
    }

    private static final class YamlSafe extends CharacterEscapes {
        private static final int DEL = 0x7f;
        private final int[] ascii = standardAsciiEscapesForJSON();

        YamlSafe() {
            ascii[DEL] = ESCAPE_STANDARD;
        }

        @Override
        public int[] getEscapeCodesForAscii() {
            return ascii.clone();
        }

        @Override
        public SerializableString getEscapeSequence(int character) {
            boolean unsafe = (character >= 0x80 && character < 0xa0)
                    || character == 0x2028
                    || character == 0x2029
                    || character == 0xfeff
                    || character == 0xfffe
                    || character == 0xffff;
            return unsafe ? new SerializedString(String.format("\\u%04x", character)) : null;
        }
    }
}
