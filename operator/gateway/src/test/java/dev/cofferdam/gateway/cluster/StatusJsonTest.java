package dev.cofferdam.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatusJsonTest {
    @Test
    void everyCharacterComesBackAndNoneIsOneThatYamlRefusesOrFolds() throws Exception {
        StringBuilder all = new StringBuilder();
        for (int character = 0; character <= Character.MAX_CODE_POINT; character++) {
            if (Character.getType(character) != Character.SURROGATE) {
                all.appendCodePoint(character);
            }
        }
        String written = StatusJson.write(Map.of("text", all.toString()));
        assertThat(new ObjectMapper().readTree(written).get("text").textValue()).isEqualTo(all.toString());
        // YAML 1.1, c-printable without the line breaks.
        assertThat(written.codePoints())
                .allMatch(c -> (c >= 0x20 && c < 0x7f)
                        || (c >= 0xa0 && c < 0xd800 && c != 0x2028 && c != 0x2029)
                        || (c >= 0xe000 && c < 0xfffe && c != 0xfeff)
                        || c >= 0x10000);
        assertThat(written.toLowerCase(Locale.ROOT)).doesNotContain("\\ud8", "\\udc");
    }
}
