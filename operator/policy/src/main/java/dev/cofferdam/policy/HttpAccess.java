package dev.cofferdam.policy;

/**
 * One request, as it asks to be read: none of it is checked.
 *
 * @param method as it is written
 * @param path without a query
 * @param overridden whether a header of it asks the server to take it for another method
 * @param rerouted whether a header of it asks the server to take it for another path
 */
public record HttpAccess(String method, String path, boolean overridden, boolean rerouted) {}
