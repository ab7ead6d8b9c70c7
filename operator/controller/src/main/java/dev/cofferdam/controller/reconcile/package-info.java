/** The loop: asks the API server, calls the pure parts, and carries out what they say. */
package dev.cofferdam.controller.reconcile;
