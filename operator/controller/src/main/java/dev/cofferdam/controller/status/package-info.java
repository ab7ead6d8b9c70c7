/** How what was observed changes what a run's status says. Pure. */
package dev.cofferdam.controller.status;
