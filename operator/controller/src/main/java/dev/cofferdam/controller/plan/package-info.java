/** What is to be made for a run, as values: its pod, and its namespace's NetworkPolicy. Pure. */
package dev.cofferdam.controller.plan;
