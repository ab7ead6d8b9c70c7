package dev.cofferdam.gateway.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The volume of a Secret, laid out as the kubelet does. */
class TlsFilesTest {
    @TempDir
    private Path folder;

    @Test
    void everyStateIsSeenOnceAndNoneThatIsNotWhole() throws IOException {
        TlsFiles files = new TlsFiles(folder);
        assertThat(files.changed()).isEmpty();

        generation("1");
        for (String file : new String[] {"tls.crt", "tls.key"}) {
            Files.createSymbolicLink(folder.resolve(file), Path.of("..data", file));
        }
        assertThat(files.changed()).hasValueSatisfying(content -> {
            assertThat(content.certificate().toString()).isEqualTo("crt1");
            assertThat(content.key().toString()).isEqualTo("key1");
            assertThat(content.sessionKey()).asString().isEqualTo("session1");
            assertThat(content.toString()).doesNotContain("1");
        });
        assertThat(files.changed()).isEmpty();

        generation("2");
        assertThat(files.changed())
                .hasValueSatisfying(
                        content -> assertThat(content.certificate().toString()).isEqualTo("crt2"));

        Files.delete(folder.resolve("..2").resolve("tls.key"));
        assertThat(files.changed()).isEmpty();
    }

    private void generation(String name) throws IOException {
        Path made = Files.createDirectory(folder.resolve(".." + name));
        Files.writeString(made.resolve("tls.crt"), "crt" + name);
        Files.writeString(made.resolve("tls.key"), "key" + name);
        Files.writeString(made.resolve("session.key"), "session" + name);
        Path link = Files.createSymbolicLink(folder.resolve("..data_tmp"), made.getFileName());
        Files.move(link, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
