/**
 * What a policy grants and what a run may do: pure functions from values to values. No network, no file, no clock, no Kubernetes client.
 *
 * <p>Everything is refused that is not granted by name, and everything that this version does not know. Every refusal says what was asked, which rule said
 * no, and what to change.
 */
package dev.cofferdam.policy;
