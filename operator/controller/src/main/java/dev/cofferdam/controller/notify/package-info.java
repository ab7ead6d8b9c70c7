/** Tells others of what alerts found: over HTTP, to the one place that the installation names. */
package dev.cofferdam.controller.notify;
