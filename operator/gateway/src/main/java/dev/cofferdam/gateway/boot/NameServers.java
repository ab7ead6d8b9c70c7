package dev.cofferdam.gateway.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The cluster's name servers: those that the kubelet gave this pod. */
final class NameServers {
    private static final String KEY = "nameserver";

    private NameServers() {}

    /** @param file in the form of resolv.conf(5) */
    static List<String> of(Path file) {
        try {
            return Files.readAllLines(file).stream()
                    .map(line -> line.strip().split("\\s+"))
                    .filter(words -> words.length == 2 && words[0].equals(KEY))
                    .map(words -> words[1])
                    .distinct()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
