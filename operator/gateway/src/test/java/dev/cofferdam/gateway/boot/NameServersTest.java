package dev.cofferdam.gateway.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NameServersTest {
    @Test
    void ofThisPod(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("resolv.conf"), """
                # nameserver 1.1.1.1
                search svc.cluster.local
                nameserver 10.96.0.10
                nameserver\tfd00::a
                options ndots:5
                """);
        assertThat(NameServers.of(file)).containsExactly("10.96.0.10", "fd00::a");
        assertThat(NameServers.of(folder.resolve("none"))).isEmpty();
    }
}
