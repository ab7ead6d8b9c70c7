/** Wires the controller: the only place that reads configuration, files, the environment and the clock. */
package dev.cofferdam.controller.boot;
