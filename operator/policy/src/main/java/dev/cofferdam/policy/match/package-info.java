/**
 * Hosts, addresses, ports and paths: read strictly, matched in a time that grows with their length alone. Nothing here resolves a name or opens a file, and
 * no pattern is a regular expression.
 */
package dev.cofferdam.policy.match;
