/** What is told of runs in numbers and traces. All of it is in their statuses, so what is lost here costs no record. */
package dev.cofferdam.controller.telemetry;
