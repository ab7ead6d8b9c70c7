/**
 * The run channel: what a sandbox may say, in which order, and what becomes of it. Everything that a supervisor sends is hostile until it was decoded here.
 * Knows nothing of Kubernetes; who a peer is, what its job is and where facts go are ports that {@code boot} wires.
 */
package dev.cofferdam.gateway.channel;
