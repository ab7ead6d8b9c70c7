package dev.cofferdam.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cofferdam.api.v1alpha1.OutputEncoding;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class OutputRecordTest {
    @Test
    void textStaysTextWithNulAndControlBytes() {
        assertThat(StreamRecord.of(bytes("a\0\u0001\u001b[0m\n🙂"), 14))
                .isEqualTo(new StreamRecord("a\0\u0001\u001b[0m\n🙂", OutputEncoding.UTF8, 14, true));
        assertThat(StreamRecord.of(bytes("hé"), 3)).isEqualTo(new StreamRecord("hé", OutputEncoding.UTF8, 3, false));
        assertThat(StreamRecord.of(new byte[0], 0)).isEqualTo(new StreamRecord("", OutputEncoding.UTF8, 0, false));
    }

    @Test
    void aCharacterThatTheCutWentThroughIsLeftOut() {
        for (String character : new String[] {"é", "€", "🙂"}) {
            byte[] whole = bytes("ab" + character);
            for (int length = 2; length < whole.length; length++) {
                StreamRecord record = StreamRecord.of(Arrays.copyOf(whole, length), whole.length);
                assertThat(record).isEqualTo(new StreamRecord("ab", OutputEncoding.UTF8, whole.length, true));
            }
            assertThat(StreamRecord.of(whole, whole.length + 1).text()).isEqualTo("ab" + character);
        }
    }

    @Test
    void bytesThatAreNotUtf8AreBase64() {
        byte[] cutByTheToolItself = Arrays.copyOf(bytes("ab€"), 4);
        assertThat(StreamRecord.of(cutByTheToolItself, 4))
                .isEqualTo(new StreamRecord(
                        Base64.getEncoder().encodeToString(cutByTheToolItself), OutputEncoding.Base64, 4, false));
        byte[] strange = {(byte) 0xff, 0, (byte) 0xfe};
        assertThat(StreamRecord.of(strange, 3)).isEqualTo(new StreamRecord("/wD+", OutputEncoding.Base64, 3, false));
        byte[] surrogate = {(byte) 0xed, (byte) 0xa0, (byte) 0x80};
        assertThat(StreamRecord.of(surrogate, 3).encoding()).isEqualTo(OutputEncoding.Base64);
        byte[] onlyContinuations = {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80};
        assertThat(StreamRecord.of(onlyContinuations, 9).encoding()).isEqualTo(OutputEncoding.Base64);
    }

    @Test
    void bothStreamsAreCutUntilTheResultFits() {
        for (String unit : new String[] {"a", "<", "\u0001", "é", "🙂", "\u2028"}) {
            StreamRecord full = StreamRecord.of(bytes(unit.repeat(65_536)), 10_000_000);
            OutputRecord record = OutputRecord.of(full, full);
            assertThat(record.stdout().jsonBytes() + record.stderr().jsonBytes())
                    .as(unit)
                    .isLessThanOrEqualTo(Budgets.RESULT_BYTES);
            assertThat(record.stdout().text()).isNotEmpty().matches("(?s)(" + unit + ")+");
            assertThat(record.stdout().total()).isEqualTo(10_000_000);
            assertThat(record.stdout().truncated()).isTrue();
        }
    }

    @Test
    void aShortStreamIsNotCutForALongOne() {
        StreamRecord small = StreamRecord.of(bytes("small"), 5);
        StreamRecord big = StreamRecord.of(bytes("b".repeat(1000)), 1000);
        assertThat(OutputRecord.within(small, big, 100)).isEqualTo(new OutputRecord(small, big.within(95)));
        assertThat(OutputRecord.within(big, small, 100)).isEqualTo(new OutputRecord(big.within(95), small));
        assertThat(OutputRecord.within(big, big, 100)).isEqualTo(new OutputRecord(big.within(50), big.within(50)));
        assertThat(OutputRecord.within(small, small, 100)).isEqualTo(new OutputRecord(small, small));
    }

    @Test
    void aCutBase64TextStillDecodesToTheFirstBytes() {
        byte[] strange = new byte[100];
        Arrays.fill(strange, (byte) 0xff);
        StreamRecord less = StreamRecord.of(strange, 100).within(50);
        assertThat(Base64.getDecoder().decode(less.text())).isEqualTo(Arrays.copyOf(strange, 36));
        assertThat(less.truncated()).isTrue();
    }

    @Test
    void bytesCountAsGoWritesThem() {
        assertThat(Budgets.jsonBytes("a\"\\\n\t")).isEqualTo(9);
        assertThat(Budgets.jsonBytes("<>&\u2028\u2029\0\u0008")).isEqualTo(42);
        assertThat(Budgets.jsonBytes("é€🙂")).isEqualTo(9);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
