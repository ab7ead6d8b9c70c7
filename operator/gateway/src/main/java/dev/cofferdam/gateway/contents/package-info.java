/** What runs have changed, kept until it is committed: files by their digests. Beside {@code boot} the only package that knows files. */
package dev.cofferdam.gateway.contents;
